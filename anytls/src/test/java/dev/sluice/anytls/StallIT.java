package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.anytls.session.Anomaly;
import dev.sluice.core.CloseReason;
import dev.sluice.mux.MuxLimits;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Streams;
import dev.sluice.stream.Stream;
import dev.sluice.testkit.ChannelPair;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import dev.sluice.testkit.ThreadWatch;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Readers who are parked and readers who do not read: nobody else waits for them. */
@SuppressWarnings("NullAway.Init")
class StallIT {
    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private EventLoops loops;
    private SessionPair pair;
    private final List<Stream> opened = new ArrayList<>();

    @BeforeEach
    void start() {
        loops = EventLoops.create();
    }

    @AfterEach
    void stop() throws Exception {
        opened.forEach(Stream::close);
        pair.close();
        loops.close().syncUninterruptibly();
    }

    private record Ends(Stream client, Stream server) {}

    private Ends open() throws Exception {
        ChannelPair channels = pair.open();
        Ends ends = new Ends(Streams.of(channels.a()), Streams.of(channels.b()));
        opened.add(ends.client);
        opened.add(ends.server);
        return ends;
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    /** Fills the stream until nobody takes more. */
    private static void fill(Stream stream) {
        ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
        await().pollInterval(Duration.ofMillis(2)).until(() -> {
            if (stream.tryWrite(zeros.clear()) > 0) {
                return false;
            }
            try {
                stream.writable().get(200, TimeUnit.MILLISECONDS);
                return false;
            } catch (java.util.concurrent.TimeoutException e) {
                return true;
            }
        });
    }

    @Test
    void parkedReadersDelayNobody() throws Exception {
        pair = SessionPair.plain(loops);
        List<Thread> parked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Ends idle = open();
            for (Stream end : List.of(idle.client, idle.server)) {
                parked.add(Thread.ofVirtual().start(() -> {
                    try {
                        end.read(new byte[1], 0, 1);
                    } catch (IOException e) {
                        // closed at the end
                    }
                }));
            }
        }
        Ends busy = open();
        byte[] sent = bytes(8 << 20, 1);
        Thread writer = Thread.ofVirtual().start(() -> {
            try {
                busy.client.write(ByteBuffer.wrap(sent));
                opened.get(0).write(new byte[]{1}, 0, 1); // and past a parked reader of the same stream
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(busy.server.input().readNBytes(sent.length)).isEqualTo(sent);
        writer.join();
        opened.forEach(Stream::close);
        for (Thread thread : parked) {
            thread.join(5000);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    @Test
    void aReaderWhoDoesNotReadDelaysNeitherOthersNorWhatIsSaid() throws Exception {
        pair = SessionPair.plain(loops, new MuxLimits(64 * 1024, 64 << 20, 128 << 20, Duration.ofSeconds(30)));
        Ends slow = open();
        Ends other = open();
        byte[] much = bytes(16 << 20, 2);
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
            try {
                slow.client.write(ByteBuffer.wrap(much));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }, task -> Thread.ofVirtual().start(task));
        for (int i = 0; i < 100; i++) {
            other.client.write(new byte[]{(byte) i}, 0, 1);
            assertThat(other.server.input().read()).isEqualTo(i);
            other.server.write(new byte[]{(byte) i}, 0, 1);
            assertThat(other.client.input().read()).isEqualTo(i);
        }
        Ends third = open(); // SYN and its answer pass
        third.client.close();
        assertThat(third.server.input().read()).isEqualTo(-1);
        written.get(10, TimeUnit.SECONDS);
        assertThat(slow.server.input().readNBytes(much.length)).isEqualTo(much);
        assertThat(pair.atServer).isEmpty();
    }

    @Test
    void whatWasSentBeforeTheSessionEndedIsRead() throws Exception {
        pair = SessionPair.plain(loops);
        ChannelPair open = pair.open();
        ChannelPair ended = pair.open();
        opened.add(Streams.of(open.a()));
        opened.add(Streams.of(ended.a()));
        byte[] sent = bytes(900_000, 4); // more than its reader keeps unasked
        open.b().writeAndFlush(Unpooled.wrappedBuffer(sent)).sync();
        ended.b().writeAndFlush(Unpooled.wrappedBuffer(sent)).sync();
        ended.b().close().sync();
        SessionPair.on(pair.server.carrier(), () -> {
            pair.server.close(CloseReason.shutdown("test"));
            return true;
        });
        pair.client.carrier().closeFuture().sync();
        assertThat(opened.get(0).input().readNBytes(sent.length)).isEqualTo(sent);
        assertThatThrownBy(() -> opened.get(0).read(new byte[1], 0, 1)).isInstanceOf(IOException.class);
        assertThat(opened.get(1).input().readAllBytes()).as("it had ended in order").isEqualTo(sent);
    }

    @Test
    void aStreamThatIsAloneStopsItsSender() throws Exception {
        pair = SessionPair.plain(loops);
        Ends alone = open();
        fill(alone.client);
        assertThat(leaks.live()).as("what is kept at both ends").isLessThan(200);
        CompletableFuture<Void> writable = alone.client.writable();
        byte[] some = new byte[32 * 1024];
        while (!writable.isDone()) {
            alone.server.read(some, 0, some.length); // what is kept is more than what frees the sender
        }
        writable.get();
    }

    @Test
    void whoTakesNothingWhileOthersStarveIsResetAlone() throws Exception {
        pair = SessionPair.plain(loops, new MuxLimits(64 * 1024, 128 * 1024, 512 * 1024, Duration.ofSeconds(1)));
        Ends stalled = open();
        Ends hungry = open();
        fill(stalled.client);
        byte[] sent = bytes(100_000, 3);
        Thread.ofVirtual().start(() -> {
            try {
                hungry.client.write(ByteBuffer.wrap(sent));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(hungry.server.input().readNBytes(sent.length)).isEqualTo(sent);
        assertThat(pair.atServer).contains(Anomaly.STALLED_STREAM);
        assertThatThrownBy(() -> {
            for (;;) {
                stalled.client.write(new byte[1000], 0, 1000);
            }
        }).isInstanceOf(IOException.class);
        hungry.server.write(new byte[]{1}, 0, 1);
        assertThat(hungry.client.input().read()).isEqualTo(1);
    }

    /** As long as it takes something, it is only slow. */
    @Test
    void whoIsSlowIsNotReset() throws Exception {
        pair = SessionPair.plain(loops, new MuxLimits(64 * 1024, 128 * 1024, 512 * 1024, Duration.ofSeconds(1)));
        Ends slow = open();
        Ends hungry = open();
        fill(slow.client);
        CompletableFuture<Void> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                hungry.client.write(new byte[]{1}, 0, 1);
                hungry.server.input().read();
                answer.complete(null);
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
        });
        byte[] some = new byte[200 * 1024];
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            slow.server.input().readNBytes(some, 0, some.length);
            return answer.isDone();
        });
        assertThat(pair.atServer).doesNotContain(Anomaly.STALLED_STREAM);
        Channel carrier = pair.client.carrier();
        assertThat(carrier.isActive()).isTrue();
    }

    /** What a reader takes of its own buffer is progress: that buffer asks for more only when it is half empty. */
    @Test
    void whoIsVerySlowIsNotResetUntilItStops() throws Exception {
        pair = SessionPair.plain(loops, new MuxLimits(64 * 1024, 128 * 1024, 512 * 1024, Duration.ofMillis(600)));
        Ends slow = open();
        open(); // has nothing
        AtomicBoolean reads = new AtomicBoolean(true);
        byte[] some = new byte[100];
        Thread reader = Thread.ofVirtual().start(() -> await().pollInterval(Duration.ofMillis(20)).until(() -> {
            slow.server.input().readNBytes(some, 0, some.length);
            return !reads.get();
        }));
        fill(slow.client);
        await().during(Duration.ofSeconds(2)).until(() -> !pair.atServer.contains(Anomaly.STALLED_STREAM));
        reads.set(false);
        reader.join();
        await().until(() -> pair.atServer.contains(Anomaly.STALLED_STREAM));
    }
}
