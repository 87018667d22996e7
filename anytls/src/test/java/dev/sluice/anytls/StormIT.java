package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.anytls.session.Anomaly;
import dev.sluice.mux.MuxLimits;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ServerTls;
import dev.sluice.net.Streams;
import dev.sluice.stream.Stream;
import dev.sluice.testkit.ChannelPair;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import dev.sluice.testkit.ThreadWatch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 streams at a time over two sessions in TLS; their readers and writers start, stall, stop half-way and close in any order. Every
 * byte is accounted for by its hash, nothing hangs, and every buffer is released.
 */
@SuppressWarnings("NullAway.Init")
class StormIT {
    private static final int STREAMS = 200;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** A reader pauses after so many, on average, however few it reads at once: it is slow, and does not stall. */
    private static final int BYTES_TO_PAUSE = 250_000;

    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @TempDir
    private static Path dir;

    private static ServerTls server;
    private static ClientTls client;

    @BeforeAll
    static void makeKeys() throws Exception {
        server = ServerTls.selfSigned(dir, "storm", List.of());
        client = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(server.pin()));
    }

    private final AtomicLong steps = new AtomicLong();
    private final AtomicLong carried = new AtomicLong();
    private ScheduledExecutorService clock;
    private ExecutorService threads;

    @Test
    void fiveSeconds() throws Exception {
        storm(Duration.ofSeconds(5));
    }

    @Tag("full")
    @Test
    @Timeout(120)
    void thirtySeconds() throws Exception {
        storm(Duration.ofSeconds(30));
    }

    private void storm(Duration length) throws Exception {
        long seed = Long.getLong("storm.seed", System.nanoTime());
        EventLoops loops = EventLoops.create();
        clock = Executors.newSingleThreadScheduledExecutor();
        threads = Executors.newVirtualThreadPerTaskExecutor();
        try (SessionPair one = new SessionPair(loops, server, client, ServerSessionOptions.DEFAULT, MuxLimits.DEFAULT);
                SessionPair two = new SessionPair(loops, server, client, ServerSessionOptions.DEFAULT, MuxLimits.DEFAULT)) {
            List<SessionPair> pairs = List.of(one, two);
            long end = System.nanoTime() + length.toNanos();
            List<Future<?>> places = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                SplittableRandom random = new SplittableRandom(seed + i);
                places.add(threads.submit(() -> {
                    while (System.nanoTime() < end) {
                        stream(pairs.get(random.nextInt(pairs.size())), random);
                        steps.incrementAndGet();
                    }
                    return null;
                }));
            }
            watch(places, seed);
            assertThat(one.atClient).doesNotContain(Anomaly.STALLED_STREAM);
        } finally {
            clock.shutdownNow();
            threads.shutdownNow();
            loops.close().syncUninterruptibly();
        }
        assertThat(steps.get()).isGreaterThan(STREAMS);
        assertThat(carried.get()).isPositive();
    }

    /** Waits for all; where nothing moves, says what all threads do. */
    private void watch(List<Future<?>> places, long seed) throws Exception {
        long before = -1;
        for (Future<?> place : places) {
            for (boolean done = false; !done;) {
                try {
                    place.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                    done = true;
                } catch (java.util.concurrent.TimeoutException e) {
                    long now = steps.get() + carried.get();
                    if (now == before) {
                        throw new AssertionError("nothing moves any more, storm.seed=" + seed + "\n" + dump(), e);
                    }
                    before = now;
                } catch (java.util.concurrent.ExecutionException e) {
                    throw new AssertionError("storm.seed=" + seed, e.getCause());
                }
            }
        }
    }

    private static String dump() {
        StringBuilder text = new StringBuilder();
        for (ThreadInfo thread : ManagementFactory.getThreadMXBean().dumpAllThreads(true, true)) {
            text.append(thread);
        }
        return text.toString();
    }

    private void pause(SplittableRandom random) throws Exception {
        if (random.nextInt(3) == 0) {
            clock.schedule(() -> {}, random.nextInt(300), TimeUnit.MILLISECONDS).get();
        }
    }

    /** One stream: either end may be the one that begins. */
    private void stream(SessionPair pair, SplittableRandom random) throws Exception {
        ChannelPair channels = pair.open();
        boolean client = random.nextBoolean();
        Stream a = Streams.of(client ? channels.a() : channels.b());
        Stream b = Streams.of(client ? channels.b() : channels.a());
        SplittableRandom other = random.split();
        try (a; b) {
            switch (random.nextInt(5)) {
                case 0, 1 -> oneWay(a, b, random, other);
                case 2 -> answer(a, b, random, other);
                case 3 -> halfWay(a, b, random, other);
                default -> deaf(a, b, random, other);
            }
        }
    }

    private static int size(SplittableRandom random) {
        return random.nextInt(1 << (4 + random.nextInt(16)));
    }

    /** Everything arrives before the end. */
    private void oneWay(Stream a, Stream b, SplittableRandom mine, SplittableRandom other) throws Exception {
        int length = size(mine);
        Future<byte[]> sent = start(() -> {
            byte[] hash = write(a, length, mine);
            a.close();
            return hash;
        });
        pause(other);
        byte[] came = hashToTheEnd(b, length, other);
        assertThat(came).isEqualTo(sent.get());
    }

    /** Both directions; the first to end waits for the other. */
    private void answer(Stream a, Stream b, SplittableRandom mine, SplittableRandom other) throws Exception {
        int up = size(mine);
        int down = size(mine);
        SplittableRandom third = other.split();
        Future<byte[]> sent = start(() -> {
            byte[] hash = write(a, up, mine);
            a.shutdownOutput();
            return hash;
        });
        Future<byte[]> answered = start(() -> write(b, down, third));
        SplittableRandom fourth = other.split();
        Future<byte[]> backAtA = start(() -> hash(a, down, fourth));
        assertThat(hash(b, up, other)).isEqualTo(sent.get());
        assertThat(backAtA.get()).isEqualTo(answered.get());
        b.close();
        assertThat(a.read(new byte[1], 0, 1)).isEqualTo(-1);
    }

    /** The writer gives up: the reader sees an error, and never an orderly end. */
    private void halfWay(Stream a, Stream b, SplittableRandom mine, SplittableRandom other) throws Exception {
        int length = size(mine);
        Future<?> writer = start(() -> {
            write(a, length, mine);
            pause(mine);
            a.reset();
            return null;
        });
        pause(other);
        try {
            byte[] buffer = new byte[1 + other.nextInt(20_000)];
            int n;
            while ((n = b.read(buffer, 0, buffer.length)) >= 0) {
                carried.addAndGet(n);
            }
            throw new AssertionError("a reset looks like an end");
        } catch (IOException expected) {
            writer.get();
        }
    }

    /** The reader leaves: the writer is freed. */
    private void deaf(Stream a, Stream b, SplittableRandom mine, SplittableRandom other) throws Exception {
        Future<?> writer = start(() -> {
            try {
                for (;;) {
                    write(a, 10_000, mine);
                }
            } catch (IOException expected) {
                return null;
            }
        });
        pause(other);
        b.read(new byte[1000], 0, 1000);
        b.close();
        writer.get();
    }

    private <T> Future<T> start(Callable<T> work) {
        return threads.submit(work);
    }

    private byte[] write(Stream to, int length, SplittableRandom random) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int left = length; left > 0;) {
            byte[] piece = new byte[Math.min(left, 1 + random.nextInt(40_000))];
            random.nextBytes(piece);
            digest.update(piece);
            to.write(piece, 0, piece.length);
            carried.addAndGet(piece.length);
            left -= piece.length;
            if (random.nextInt(20) == 0) {
                pause(random);
            }
        }
        return digest.digest();
    }

    private byte[] hash(Stream from, int length, SplittableRandom random) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 + random.nextInt(50_000)];
        for (int left = length; left > 0;) {
            int n = from.read(buffer, 0, Math.min(left, buffer.length));
            assertThat(n).as("an end after %d of %d", length - left, length).isPositive();
            digest.update(Arrays.copyOf(buffer, n));
            carried.addAndGet(n);
            left -= n;
            if (random.nextInt(BYTES_TO_PAUSE) < n) {
                pause(random);
            }
        }
        return digest.digest();
    }

    private byte[] hashToTheEnd(Stream from, int length, SplittableRandom random) throws Exception {
        byte[] hash = hash(from, length, random);
        assertThat(from.read(new byte[1], 0, 1)).isEqualTo(-1);
        return hash;
    }
}
