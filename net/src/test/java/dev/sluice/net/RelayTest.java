package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What users of a relay see, over every transport, copied and spliced. */
class RelayTest {
    private static final String QUIET = "a quiet machine";

    /** These tests wait most of their time: several run at once, but none beside those that need {@link #QUIET}. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @MethodSource("modes")
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(value = QUIET, mode = ResourceAccessMode.READ)
    @interface InEveryMode {
    }

    /** Over NIO a reset waits but a moment for the last segment before it: whoever reads that must get the processor. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @MethodSource("modes")
    @ResourceLock(QUIET)
    @interface InEveryModeAlone {
    }

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** A transport, and whether splice(2) may be used. */
    record Mode(Transport transport, boolean splice, boolean crossing) {
        Mode(Transport transport, boolean splice) {
            this(transport, splice, false);
        }

        RelayOptions options() {
            return new RelayOptions(Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofSeconds(2), splice);
        }
    }

    static Stream<Mode> modes() {
        return Stream.of(new Mode(Transport.EPOLL, false), new Mode(Transport.EPOLL, true), new Mode(Transport.NIO, false),
                new Mode(Transport.EPOLL, true, true),
                new Mode(Transport.IO_URING, false)).filter(m -> EventLoops.unavailable(m.transport) == null);
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private static RelayRig rig(Mode mode) throws Exception {
        RelayRig rig = new RelayRig(mode.transport, mode.options());
        return mode.crossing ? rig.crossing() : rig;
    }

    @InEveryMode
    void manyBytesBothWaysWithHalfCloses(Mode mode) throws Exception {
        long size = 64 << 20;
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            Future<Long> up = run(() -> hashOf(open.target().getInputStream()));
            Future<Long> down = run(() -> hashOf(open.client().getInputStream()));
            Future<Long> sentUp = run(() -> send(open.client(), size, 1));
            Future<Long> sentDown = run(() -> send(open.target(), size, 2));
            assertThat(up.get()).isEqualTo(sentUp.get());
            assertThat(down.get()).isEqualTo(sentDown.get());
            RelayResult result = open.relay().result();
            assertThat(result.up()).isEqualTo(size);
            assertThat(result.down()).isEqualTo(size);
            assertThat(result.reason().kind()).isEqualTo(Kind.FINISHED);
            assertThat(open.relay().connection().traffic().up()).isEqualTo(size);
            assertThat(open.relay().connection().traffic().down()).isEqualTo(size);
        }
    }

    @InEveryMode
    void anAnswerMuchLaterThanTheHalfClose(Mode mode) throws Exception {
        long size = 8 << 20;
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            Future<Long> sent = run(() -> send(open.client(), size, 3));
            assertThat(hashOf(open.target().getInputStream())).isEqualTo(sent.get());
            Future<Long> answered = run(() -> send(open.target(), size, 4));
            assertThat(hashOf(open.client().getInputStream())).isEqualTo(answered.get());
            RelayResult result = open.relay().result();
            assertThat(result.reason()).isEqualTo(CloseReason.of(Kind.FINISHED, Side.CLIENT, ""));
        }
    }

    @InEveryMode
    void aTinyRequestWithItsFinAtOnce(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode)) {
            for (int i = 0; i < 50; i++) {
                Socket client = new Socket(rig.address().getAddress(), rig.address().getPort());
                client.getOutputStream().write("who is there?".getBytes(StandardCharsets.US_ASCII));
                client.shutdownOutput();
                try (RelayRig.Open open = rig.accept(client)) {
                    assertThat(open.target().getInputStream().readAllBytes()).asString().isEqualTo("who is there?");
                    open.target().getOutputStream().write("me".getBytes(StandardCharsets.US_ASCII));
                    open.target().close();
                    assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("me");
                    assertThat(open.relay().result().reason().kind()).isEqualTo(Kind.FINISHED);
                }
            }
        }
    }

    @InEveryMode
    void aReaderThatDoesNotReadStopsTheSender(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            open.client().setSendBufferSize(64 << 10);
            Future<Long> sender = run(() -> send(open.client(), 64 << 20, 5));
            await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            assertThat(sender.isDone()).isFalse();
            long before = open.relay().connection().traffic().up();
            // The kernel's buffers are full; nothing else may grow.
            await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            assertThat(open.relay().connection().traffic().up() - before).isLessThan(4 << 20);
            assertThat(hashOf(open.target().getInputStream())).isEqualTo(sender.get());
        }
    }

    @InEveryModeAlone
    void aResetOfTheTargetReachesTheClientAfterItsBytes(Mode mode) throws Exception {
        for (int size : new int[]{0, 1000, 3 << 20}) {
            try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
                byte[] bytes = bytes(size, 6);
                Future<byte[]> got = run(() -> readUntilReset(open.client().getInputStream()));
                open.target().getOutputStream().write(bytes);
                await().until(() -> open.relay().connection().traffic().down() == size);
                RelayRig.Open.reset(open.target());
                assertThat(Arrays.equals(got.get(), bytes)).isTrue();
                RelayResult result = open.relay().result();
                assertThat(result.reason().kind()).isEqualTo(Kind.RESET);
                assertThat(result.reason().by()).isEqualTo(Side.TARGET);
                assertThat(result.down()).isEqualTo(size);
            }
        }
    }

    @InEveryModeAlone
    void aResetOfTheClientReachesTheTarget(Mode mode) throws Exception {
        for (int size : new int[]{0, 1000, 3 << 20}) {
            try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
                byte[] bytes = bytes(size, 7);
                Future<byte[]> got = run(() -> readUntilReset(open.target().getInputStream()));
                open.client().getOutputStream().write(bytes);
                await().until(() -> open.relay().connection().traffic().up() == size);
                RelayRig.Open.reset(open.client());
                assertThat(Arrays.equals(got.get(), bytes)).isTrue();
                RelayResult result = open.relay().result();
                assertThat(result.reason().kind()).isEqualTo(Kind.RESET);
                assertThat(result.reason().by()).isEqualTo(Side.CLIENT);
            }
        }
    }

    @InEveryMode
    void aCutDownloadDoesNotLookComplete(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            Future<byte[]> got = run(() -> {
                InputStream in = open.client().getInputStream();
                in.readNBytes(1 << 20);
                RelayRig.Open.reset(open.target());
                return readUntilReset(in);
            });
            assertThatThrownBy(() -> send(open.target(), 1 << 30, 8)).isInstanceOf(SocketException.class);
            assertThat(got.get().length).isLessThan(1 << 30);
            assertThat(open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.RESET, Side.TARGET);
        }
    }

    /** All but NIO: it does not tell of a reset while nobody reads. */
    static Stream<Mode> modesThatSeeResets() {
        return modes().filter(m -> m.transport != Transport.NIO);
    }

    @ParameterizedTest
    @MethodSource("modesThatSeeResets")
    @Execution(ExecutionMode.CONCURRENT)
    @ResourceLock(value = QUIET, mode = ResourceAccessMode.READ)
    void aResetIsSeenWhileTheReceiverTakesNothing(Mode mode) throws Exception {
        Duration never = Duration.ofMinutes(5);
        RelayOptions options = new RelayOptions(never, never, never, mode.splice);
        for (boolean byTarget : new boolean[]{true, false}) {
            try (RelayRig rig = mode.crossing
                    ? new RelayRig(mode.transport, options).crossing()
                    : new RelayRig(mode.transport, options); RelayRig.Open open = rig.open()) {
                Socket sender = byTarget ? open.target() : open.client();
                Socket receiver = byTarget ? open.client() : open.target();
                AtomicLong sent = new AtomicLong();
                Future<Void> sending = run(() -> {
                    OutputStream out = sender.getOutputStream();
                    byte[] block = new byte[64 << 10];
                    while (true) {
                        out.write(block);
                        sent.addAndGet(block.length);
                    }
                });
                await().during(Duration.ofMillis(400)).until(standsStill(sent));
                RelayRig.Open.reset(sender);
                assertThatThrownBy(sending::get).hasCauseInstanceOf(SocketException.class);
                assertThat(open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                        .containsExactly(Kind.RESET, byTarget ? Side.TARGET : Side.CLIENT);
                readUntilReset(receiver.getInputStream());
            }
        }
    }

    private static Callable<Boolean> standsStill(AtomicLong sent) {
        long[] last = {-1};
        return () -> {
            boolean still = sent.get() == last[0];
            last[0] = sent.get();
            return still;
        };
    }

    @InEveryMode
    void aClientThatLeavesDuringADownload(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            Future<Long> sender = run(() -> send(open.target(), 1 << 30, 9));
            open.client().getInputStream().readNBytes(2 << 20);
            open.client().close(); // with bytes unread: the kernel sends a reset
            assertThatThrownBy(sender::get).hasCauseInstanceOf(SocketException.class);
            assertThat(open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.RESET, Side.CLIENT);
        }
    }

    @InEveryMode
    void anEarlyAnswerReachesAClientThatIsStillSending(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
            Future<?> sender = run(() -> {
                try {
                    return "sent " + send(open.client(), 1 << 30, 10);
                } catch (SocketException e) {
                    return "refused";
                }
            });
            open.target().getInputStream().readNBytes(1 << 20);
            open.target().getOutputStream().write("no, thanks".getBytes(StandardCharsets.US_ASCII));
            await().until(() -> open.relay().connection().traffic().down() == 10);
            open.target().close();
            assertThat(open.client().getInputStream().readNBytes(10)).asString().isEqualTo("no, thanks");
            assertThat(sender.get()).isEqualTo("refused");
            open.relay().result();
        }
    }

    @InEveryMode
    void closingTheScopeEndsIt(Mode mode) throws Exception {
        for (Kind kind : new Kind[]{Kind.SHUTDOWN, Kind.KICKED}) {
            for (int size : new int[]{10, 3 << 20}) {
                try (RelayRig rig = rig(mode); RelayRig.Open open = rig.open()) {
                    open.client().getOutputStream().write(bytes(size, 11));
                    open.target().getInputStream().readNBytes(size);
                    CloseReason why = CloseReason.of(kind, Side.SELF, "test");
                    open.relay().connection().scope().close(why).get(5, TimeUnit.SECONDS);
                    assertThat(open.relay().result().reason()).isEqualTo(why);
                    if (kind == Kind.SHUTDOWN) {
                        assertThat(open.client().getInputStream().read()).isEqualTo(-1);
                        assertThat(open.target().getInputStream().read()).isEqualTo(-1);
                    } else {
                        readUntilReset(open.client().getInputStream());
                        readUntilReset(open.target().getInputStream());
                    }
                }
            }
        }
    }

    @InEveryMode
    void idleEndsIt(Mode mode) throws Exception {
        RelayOptions options = new RelayOptions(Duration.ofMillis(300), Duration.ofSeconds(30), Duration.ofSeconds(1),
                mode.splice);
        try (RelayRig rig = new RelayRig(mode.transport, options); RelayRig.Open open = rig.open()) {
            open.client().getOutputStream().write(bytes(1 << 20, 12));
            open.target().getInputStream().readNBytes(1 << 20);
            assertThat(open.client().getInputStream().read()).isEqualTo(-1);
            assertThat(open.relay().result().reason().kind()).isEqualTo(Kind.IDLE);
            assertThat(open.relay().result().duration()).isBetween(Duration.ofMillis(290), Duration.ofSeconds(5));
        }
    }

    @InEveryMode
    void aReceiverThatTakesNothingIsGivenUp(Mode mode) throws Exception {
        RelayOptions options = new RelayOptions(Duration.ofMinutes(5), Duration.ofMillis(500), Duration.ofSeconds(1),
                mode.splice);
        try (RelayRig rig = new RelayRig(mode.transport, options); RelayRig.Open open = rig.open()) {
            Future<Long> sender = run(() -> send(open.target(), 1 << 30, 13));
            assertThatThrownBy(sender::get).hasCauseInstanceOf(SocketException.class);
            assertThat(open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.TIMEOUT, Side.CLIENT);
        }
    }

    /** A rate limit does so, and no receiver is to blame. */
    @InEveryMode
    void bytesThatWeHoldBackOurselvesAreNoStall(Mode mode) throws Exception {
        Duration never = Duration.ofMinutes(5);
        RelayOptions options = new RelayOptions(never, Duration.ofMillis(200), never, mode.splice);
        try (RelayRig rig = new RelayRig(mode.transport, options).preparing((client, server) -> client.pipeline()
                .addFirst(new ChannelOutboundHandlerAdapter() {
                    @Override
                    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                        ctx.executor().schedule(() -> ctx.writeAndFlush(message, promise), 1, TimeUnit.SECONDS);
                    }
                })); RelayRig.Open open = rig.open()) {
            open.target().getOutputStream().write(42);
            assertThat(open.client().getInputStream().read()).isEqualTo(42);
        }
    }

    @InEveryMode
    void aFaultInAHandlerClosesThatConnectionOnly(Mode mode) throws Exception {
        try (RelayRig rig = rig(mode); RelayRig.Open healthy = rig.open()) {
            rig.preparing((client, server) -> client.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    io.netty.util.ReferenceCountUtil.release(message);
                    throw new IllegalStateException("a fault of ours");
                }
            }));
            try (RelayRig.Open open = rig.open()) {
                open.client().getOutputStream().write(1);
                RelayResult result = open.relay().result();
                assertThat(result.reason().kind()).isEqualTo(Kind.FAULT);
                assertThat(result.reason().by()).isEqualTo(Side.SELF);
                readUntilReset(open.target().getInputStream());
            }
            healthy.client().getOutputStream().write(7);
            assertThat(healthy.target().getInputStream().read()).isEqualTo(7);
        }
    }

    @InEveryMode
    void aStormOfSmallRelaysLosesNoByteAndLeavesNothingBehind(Mode mode) throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        try (RelayRig rig = rig(mode)) {
            for (int round = 0; round < 60; round++) {
                Random random = new Random(seed + round);
                int up = random.nextInt(4) == 0 ? random.nextInt(1 << 20) : random.nextInt(3000);
                int down = random.nextInt(4) == 0 ? random.nextInt(1 << 20) : random.nextInt(3000);
                boolean reset = random.nextInt(4) == 0;
                try (RelayRig.Open open = rig.open()) {
                    Future<Long> atTarget = run(() -> hashOf(open.target().getInputStream()));
                    Future<Long> atClient = run(() -> hashOf(open.client().getInputStream()));
                    if (reset) {
                        open.client().getOutputStream().write(bytes(up, seed));
                        RelayRig.Open.reset(open.client());
                        assertThatThrownBy(atTarget::get).as("seed %d round %d", seed, round)
                                .hasCauseInstanceOf(SocketException.class);
                        assertThat(open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                                .as(() -> open.relay().done().getNow().toString()).containsExactly(Kind.RESET, Side.CLIENT);
                    } else {
                        Future<Long> sentDown = run(() -> send(open.target(), down, seed));
                        long sentUp = send(open.client(), up, seed + 1);
                        assertThat(atTarget.get()).as("seed %d round %d", seed, round).isEqualTo(sentUp);
                        assertThat(atClient.get()).as("seed %d round %d", seed, round).isEqualTo(sentDown.get());
                        RelayResult result = open.relay().result();
                        assertThat(result.up()).isEqualTo(up);
                        assertThat(result.down()).isEqualTo(down);
                        assertThat(result.reason().kind()).isEqualTo(Kind.FINISHED);
                    }
                }
            }
        }
    }

    private <T> Future<T> run(Callable<T> task) {
        return threads.submit(task);
    }

    static byte[] bytes(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Sends, ends the output, and gives the hash of what was sent. */
    static long send(Socket socket, long size, long seed) throws Exception {
        CRC32C digest = new CRC32C();
        byte[] block = bytes(100_003, seed);
        OutputStream out = socket.getOutputStream();
        for (long left = size; left > 0; left -= block.length) {
            int n = (int) Math.min(left, block.length);
            digest.update(block, 0, n);
            out.write(block, 0, n);
            block[0]++;
        }
        socket.shutdownOutput();
        return digest.getValue();
    }

    static long hashOf(InputStream in) throws Exception {
        CRC32C digest = new CRC32C();
        byte[] block = new byte[64 << 10];
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
            digest.update(block, 0, n);
        }
        return digest.getValue();
    }

    /** What comes before a reset; an orderly end fails the test. */
    static byte[] readUntilReset(InputStream in) throws IOException {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        byte[] block = new byte[64 << 10];
        while (true) {
            int n;
            try {
                n = in.read(block);
            } catch (SocketException e) {
                return all.toByteArray();
            }
            if (n < 0) {
                throw new AssertionError("an orderly end after " + all.size() + " bytes");
            }
            all.write(block, 0, n);
        }
    }
}
