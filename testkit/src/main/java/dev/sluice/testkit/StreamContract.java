package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.WithCloseReason;
import dev.sluice.stream.Stream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * How every byte stream behaves, whatever carries it. A test class of each carrier extends this one and says how a pair is opened;
 * what the carrier cannot do it says, too. The peer of the stream under test is a stream of the same kind.
 */
@Timeout(30)
public abstract class StreamContract {
    private static final int MANY = 4 * 1024 * 1024;
    private static final long SOON = 10;

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    private final List<Stream> opened = new ArrayList<>();
    private final List<Thread> started = new ArrayList<>();

    /**
     * Two ends of one stream.
     *
     * @param a the end under test
     * @param b its peer
     */
    public record Ends(Stream a, Stream b) {}

    /** Opens a pair. */
    protected abstract Ends open() throws Exception;

    /** Whether output can end while input goes on. */
    protected abstract boolean carriesHalfClose();

    /** As what a reset may show. */
    protected Set<CloseReason.Kind> resets() {
        return Set.of(CloseReason.Kind.RESET);
    }

    /** Runs {@code task} on the event loop of a stream of this carrier and gives what it threw; null where it threw nothing. */
    protected abstract @Nullable Throwable onLoopOf(Ends ends, Runnable task) throws Exception;

    private Ends pair() throws Exception {
        Ends ends = open();
        opened.add(ends.a);
        opened.add(ends.b);
        return ends;
    }

    @AfterEach
    final void closeAll() throws InterruptedException {
        opened.forEach(Stream::close);
        for (Thread thread : started) {
            thread.join(TimeUnit.SECONDS.toMillis(SOON));
            assertThat(thread.isAlive()).as("%s still runs after its stream was closed", thread).isFalse();
        }
        stop();
    }

    /** After each test, when its streams are closed: ends what {@link #open} has started. */
    protected void stop() {}

    /** What blocks, on a virtual thread. */
    private <T extends @Nullable Object> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        started.add(Thread.ofVirtual().start(task));
        return task;
    }

    private static <T extends @Nullable Object> T get(FutureTask<T> task) throws Exception {
        return task.get(SOON, TimeUnit.SECONDS);
    }

    private static Throwable failure(FutureTask<?> task) throws Exception {
        try {
            task.get(SOON, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return Objects.requireNonNull(e.getCause());
        }
        throw new AssertionError("it did not fail");
    }

    /** A reader that is parked: it has been started, and does not come back. */
    private FutureTask<Integer> parkedRead(Stream stream) throws Exception {
        FutureTask<Integer> read = start(() -> stream.read(new byte[100], 0, 100));
        awaitParked();
        return read;
    }

    private FutureTask<@Nullable Void> blockedWrite(Stream stream) throws Exception {
        FutureTask<@Nullable Void> write = start(() -> {
            for (;;) {
                stream.write(new byte[1 << 20], 0, 1 << 20);
            }
        });
        awaitParked();
        awaitFull();
        return write;
    }

    private void awaitParked() {
        Thread thread = started.getLast();
        await().pollInterval(Duration.ofMillis(5)).until(() -> parked(thread));
    }

    /** Still parked a moment later: sockets take what is written for a while. */
    private void awaitFull() {
        Thread thread = started.getLast();
        for (int calm = 0; calm < 3;) {
            int was = calm;
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
            calm = parked(thread) ? was + 1 : 0;
        }
    }

    private static boolean parked(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING
                || thread.getState() == Thread.State.TERMINATED;
    }

    private static byte[] pattern(int length, long seed) {
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }

    private static byte[] readAll(Stream stream) throws IOException {
        return stream.input().readAllBytes();
    }

    private static CloseReason reasonOf(Throwable error) {
        assertThat(error).isInstanceOf(WithCloseReason.class);
        return CloseReasons.classify(error);
    }

    @Test
    void readReturnsAsSoonAsOneByteIsThere() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> read = parkedRead(ends.a);
        ends.b.write(new byte[]{7}, 0, 1);
        assertThat(get(read)).isEqualTo(1);
    }

    @Test
    void everyByteComesBeforeTheEnd() throws Exception {
        Ends ends = pair();
        byte[] sent = pattern(MANY, 1);
        FutureTask<byte[]> received = start(() -> readAll(ends.a));
        ends.b.write(ByteBuffer.wrap(sent));
        ends.b.close(); // at once: what was accepted is sent
        assertThat(Arrays.equals(get(received), sent)).isTrue();
        assertThat(ends.a.read(new byte[1], 0, 1)).isEqualTo(-1);
        assertThat(ends.a.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(ends.a.input().read()).isEqualTo(-1);
    }

    @Test
    void acceptedBytesArriveEvenWhereTheCloserHasUnreadInput() throws Exception {
        Ends ends = pair();
        ends.a.write(new byte[50_000], 0, 50_000); // b never reads it
        byte[] sent = pattern(100_000, 2);
        ends.b.write(ByteBuffer.wrap(sent));
        ends.b.close();
        assertThat(Arrays.equals(readAll(ends.a), sent)).isTrue();
    }

    @Test
    void tinyAndEmptyReadsAndWrites() throws Exception {
        Ends ends = pair();
        byte[] sent = pattern(3000, 3);
        SplittableRandom random = new SplittableRandom(4);
        FutureTask<@Nullable Void> writer = start(() -> {
            for (int at = 0; at < sent.length;) {
                int n = Math.min(random.nextInt(5), sent.length - at);
                ends.b.write(sent, at, n);
                at += n;
            }
            return null;
        });
        assertThat(ends.a.read(new byte[0], 0, 0)).isZero();
        assertThat(ends.a.read(ByteBuffer.allocate(0))).isZero();
        InputStream in = ends.a.input();
        for (byte expected : sent) {
            assertThat(in.read()).isEqualTo(expected & 0xff);
        }
        get(writer);
        ends.b.shutdownOutput();
        ends.b.close();
        assertThat(in.read()).isEqualTo(-1);
        assertThat(ends.a.read(new byte[0], 0, 0)).isZero();
    }

    @Test
    void aParkedReaderNeverDelaysAWrite() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> parked = parkedRead(ends.a);
        byte[] sent = pattern(MANY, 5);
        FutureTask<byte[]> received = start(() -> ends.b.input().readNBytes(sent.length));
        ends.a.write(ByteBuffer.wrap(sent));
        assertThat(Arrays.equals(get(received), sent)).isTrue();
        assertThat(parked.isDone()).isFalse();
        ends.b.write(new byte[1], 0, 1);
        assertThat(get(parked)).isEqualTo(1);
    }

    @Test
    void aBlockedWriterNeverDelaysARead() throws Exception {
        Ends ends = pair();
        FutureTask<@Nullable Void> blocked = blockedWrite(ends.a);
        ends.b.write(pattern(1000, 6), 0, 1000);
        assertThat(ends.a.input().readNBytes(1000)).isEqualTo(pattern(1000, 6));
        assertThat(blocked.isDone()).isFalse();
        ends.a.close();
        failure(blocked);
    }

    @Test
    void bothDirectionsAtOnceLoseNothing() throws Exception {
        Ends ends = pair();
        byte[] up = pattern(MANY, 7);
        byte[] down = pattern(MANY, 8);
        FutureTask<byte[]> atB = start(() -> ends.b.input().readNBytes(up.length));
        FutureTask<byte[]> atA = start(() -> ends.a.input().readNBytes(down.length));
        FutureTask<@Nullable Void> writeUp = start(() -> {
            ends.a.write(ByteBuffer.wrap(up));
            return null;
        });
        ends.b.write(ByteBuffer.wrap(down));
        get(writeUp);
        assertThat(Arrays.equals(get(atB), up)).isTrue();
        assertThat(Arrays.equals(get(atA), down)).isTrue();
    }

    @Test
    void ownCloseWakesBothHalves() throws Exception {
        // A socket may take a little more at the last moment. Who waits for room is then rightly told of it, and the close finds nobody
        // waiting: it is tried again.
        for (int tries = 1; !ownCloseWakesWhoWaits(); tries++) {
            assertThat(tries).as("pairs that were never full").isLessThan(5);
        }
    }

    /** Whether somebody waited for room until the close, and was woken by it; reader and writer always are. */
    private boolean ownCloseWakesWhoWaits() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> reader = parkedRead(ends.a);
        FutureTask<@Nullable Void> writer = blockedWrite(ends.a);
        CompletableFuture<Void> writable = await().until(ends.a::writable, future -> !future.isDone());
        ends.a.close();
        for (Throwable error : List.of(failure(reader), failure(writer))) {
            assertThat(error).isInstanceOf(ClosedChannelException.class);
            assertThat(reasonOf(error).by()).isEqualTo(CloseReason.Side.SELF);
        }
        assertThat(ends.a.isOpen()).isFalse();
        try {
            writable.get(SOON, TimeUnit.SECONDS);
            return false;
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(ClosedChannelException.class);
            return true;
        }
    }

    @Test
    void thePeersCloseFreesAReaderAndABlockedWriter() throws Exception {
        Ends ends = pair();
        FutureTask<@Nullable Void> writer = blockedWrite(ends.a);
        ends.b.close();
        Throwable error = failure(writer);
        assertThat(error).isInstanceOf(IOException.class).isNotInstanceOf(ClosedChannelException.class);
        assertThat(reasonOf(error).kind()).isIn(CloseReason.Kind.PEER_CLOSED, CloseReason.Kind.RESET);

        Ends others = pair();
        FutureTask<Integer> reader = parkedRead(others.a);
        others.b.close();
        assertThat(get(reader)).isEqualTo(-1);
    }

    @Test
    void aResetReachesBothHalves() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> reader = parkedRead(ends.a);
        FutureTask<@Nullable Void> writer = blockedWrite(ends.a);
        ends.b.reset();
        for (Throwable error : List.of(failure(reader), failure(writer))) {
            assertReset(error);
        }
        await().until(() -> !ends.a.isOpen());
        assertThatThrownBy(() -> ends.a.write(new byte[1], 0, 1)).satisfies(this::assertReset);
        assertThatThrownBy(() -> ends.a.tryWrite(ByteBuffer.allocate(1))).satisfies(this::assertReset);
    }

    private void assertReset(Throwable error) {
        CloseReason.Kind kind = reasonOf(error).kind();
        assertThat(kind).isIn(resets());
        if (kind == CloseReason.Kind.RESET) {
            assertThat(error).isInstanceOf(SocketException.class).hasMessage("Connection reset");
        } else {
            assertThat(error).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aPeerThatIsGoneBreaksThePipe() throws Exception {
        Ends ends = pair();
        ends.b.close();
        assertThat(ends.a.read(new byte[1], 0, 1)).isEqualTo(-1);
        FutureTask<@Nullable Void> writer = start(() -> {
            for (;;) {
                ends.a.write(new byte[1000], 0, 1000);
            }
        });
        Throwable error = failure(writer);
        assertThat(error).isInstanceOf(IOException.class).hasMessage("Broken pipe");
        assertThat(reasonOf(error).kind()).isEqualTo(CloseReason.Kind.PEER_CLOSED);
        assertThat(ends.a.read(new byte[1], 0, 1)).isEqualTo(-1);
    }

    @Test
    void afterOwnCloseEverythingIsRefusedAndTimeoutsAreHarmless() throws Exception {
        Ends ends = pair();
        ends.b.write(new byte[100], 0, 100);
        await().until(() -> ends.a.available() == 100);
        ends.a.close();
        ends.a.close();
        assertThatThrownBy(() -> ends.a.write(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> ends.a.write(ByteBuffer.allocate(0))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> ends.a.tryWrite(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> ends.a.read(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThat(ends.a.read(new byte[1], 0, 0)).isZero();
        ends.a.setReadTimeout(Duration.ofSeconds(1));
        ends.a.setWriteTimeout(Duration.ofSeconds(1));
        ends.a.shutdownOutput();
        assertThat(ends.a.closeReason()).isNotNull();
    }

    @Test
    void aReadTimeoutLeavesTheStreamUsable() throws Exception {
        Ends ends = pair();
        ends.a.setReadTimeout(Duration.ofMillis(30));
        assertThat(ends.a.readTimeout()).isEqualTo(Duration.ofMillis(30));
        assertThatThrownBy(() -> ends.a.read(new byte[1], 0, 1)).isInstanceOf(SocketTimeoutException.class);
        assertThat(ends.a.isOpen()).isTrue();
        ends.a.write(pattern(10, 9), 0, 10); // the other half knows nothing of it
        assertThat(ends.b.input().readNBytes(10)).isEqualTo(pattern(10, 9));
        ends.a.setReadTimeout(Duration.ZERO);
        FutureTask<Integer> read = parkedRead(ends.a);
        ends.b.write(new byte[1], 0, 1);
        assertThat(get(read)).isEqualTo(1);
    }

    @Test
    void aWriteTimeoutSaysWhatWasAcceptedAndLosesNothing() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> reader = parkedRead(ends.a);
        ends.a.setWriteTimeout(Duration.ofMillis(100));
        byte[] sent = pattern(64 * 1024 * 1024, 10);
        ByteBuffer source = ByteBuffer.wrap(sent);
        assertThatThrownBy(() -> ends.a.write(source)).isInstanceOf(SocketTimeoutException.class)
                .satisfies(e -> assertThat(((InterruptedIOException) e).bytesTransferred).isEqualTo(source.position()));
        assertThat(source.position()).isPositive().isLessThan(sent.length);
        assertThat(reader.isDone()).isFalse();
        ends.a.setWriteTimeout(Duration.ZERO);
        byte[] accepted = Arrays.copyOf(sent, source.position());
        FutureTask<byte[]> received = start(() -> ends.b.input().readNBytes(accepted.length + 1));
        ends.a.write(new byte[]{42}, 0, 1);
        byte[] all = get(received);
        assertThat(Arrays.equals(Arrays.copyOf(all, accepted.length), accepted)).isTrue();
        assertThat(all[accepted.length]).isEqualTo((byte) 42);
    }

    @Test
    void tryWriteTakesWhatFitsAndWritableTellsWhen() throws Exception {
        Ends ends = pair();
        assertThat(ends.a.tryWrite(ByteBuffer.allocate(0))).isZero();
        byte[] sent = pattern(64 * 1024 * 1024, 11);
        ByteBuffer source = ByteBuffer.wrap(sent);
        CompletableFuture<Void> writable = await().pollInterval(Duration.ofMillis(1)).until(() -> {
            int remaining = source.remaining();
            int n = ends.a.tryWrite(source);
            assertThat(n).isBetween(0, remaining).isEqualTo(remaining - source.remaining());
            return ends.a.writable();
        }, StreamContract::stays);
        int before = source.position();
        FutureTask<byte[]> received = start(() -> ends.b.input().readNBytes(before + 1));
        writable.get(SOON, TimeUnit.SECONDS);
        assertThat(ends.a.tryWrite(source)).isPositive();
        assertThat(Arrays.equals(get(received), Arrays.copyOf(sent, before + 1))).isTrue();
        assertThat(ends.b.writable().get(SOON, TimeUnit.SECONDS)).isNull();
    }

    /** Whether nobody makes room for a while. */
    private static boolean stays(CompletableFuture<Void> writable) {
        return !writable.copy().completeOnTimeout(null, 50, TimeUnit.MILLISECONDS).thenApply(done -> writable.isDone()).join();
    }

    @Test
    void outputEndsAsDocumented() throws Exception {
        Ends ends = pair();
        ends.a.write(pattern(1000, 12), 0, 1000);
        ends.a.shutdownOutput();
        ends.a.shutdownOutput();
        assertThatThrownBy(() -> ends.a.write(new byte[1], 0, 1)).isInstanceOf(ClosedChannelException.class);
        if (carriesHalfClose()) {
            assertThat(readAll(ends.b)).isEqualTo(pattern(1000, 12));
        } else {
            // The end is held back until the other direction has ended, so the answer can still come.
            assertThat(ends.b.input().readNBytes(1000)).isEqualTo(pattern(1000, 12));
        }
        ends.b.write(pattern(500, 13), 0, 500);
        ends.b.close();
        assertThat(readAll(ends.a)).isEqualTo(pattern(500, 13));
        assertThat(ends.a.isOpen()).isTrue();
    }

    @Test
    void anInterruptedReaderComesBackAndTheStreamIsUsable() throws Exception {
        Ends ends = pair();
        FutureTask<Integer> reader = parkedRead(ends.a);
        started.getLast().interrupt();
        assertThat(failure(reader)).isInstanceOf(InterruptedIOException.class).isNotInstanceOf(SocketTimeoutException.class);
        ends.b.write(new byte[1], 0, 1);
        assertThat(ends.a.read(new byte[1], 0, 1)).isEqualTo(1);
    }

    @Test
    void writesOfSeveralThreadsDoNotMix() throws Exception {
        Ends ends = pair();
        int length = 300_000;
        List<FutureTask<@Nullable Void>> writers = new ArrayList<>();
        for (byte id = 1; id <= 4; id++) {
            byte[] same = new byte[length];
            Arrays.fill(same, id);
            writers.add(start(() -> {
                ends.a.write(same, 0, length);
                return null;
            }));
        }
        byte[] all = ends.b.input().readNBytes(4 * length);
        for (int block = 0; block < 4; block++) {
            byte[] part = Arrays.copyOfRange(all, block * length, (block + 1) * length);
            byte[] expected = new byte[length];
            Arrays.fill(expected, part[0]);
            assertThat(Arrays.equals(part, expected)).isTrue();
        }
        for (FutureTask<@Nullable Void> writer : writers) {
            get(writer);
        }
    }

    @Test
    void theEventLoopMayNotPark() throws Exception {
        Ends ends = pair();
        Throwable error = onLoopOf(ends,
                () -> assertThatCode(() -> ends.a.tryWrite(ByteBuffer.allocate(1))).doesNotThrowAnyException());
        assertThat(error).isNull();
        Throwable read = onLoopOf(ends, () -> unchecked(() -> ends.a.read(new byte[1], 0, 1)));
        assertThat(read).isInstanceOf(IllegalStateException.class).hasMessageContaining("event loop");
        Throwable write = onLoopOf(ends, () -> unchecked(() -> ends.a.write(ByteBuffer.allocate(1))));
        assertThat(write).isInstanceOf(IllegalStateException.class).hasMessageContaining("event loop");
    }

    private static void unchecked(Callable<?> call) {
        try {
            call.call();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void looksLikeASocket() throws Exception {
        Ends ends = pair();
        Socket a = ends.a.asSocket();
        Socket b = ends.b.asSocket();
        assertThat(a.isConnected()).isTrue();
        a.setTcpNoDelay(true);
        a.setSoTimeout(30);
        InputStream in = a.getInputStream();
        assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
        a.setSoTimeout(0);
        try (OutputStream out = b.getOutputStream()) {
            out.write(pattern(100, 14));
            out.flush();
            assertThat(in.readNBytes(100)).isEqualTo(pattern(100, 14));
        }
        assertThat(in.read()).isEqualTo(-1);
        assertThat(ends.b.isOpen()).isFalse();
        a.close();
        assertThat(a.isClosed()).isTrue();
        assertThatThrownBy(a::getInputStream).isInstanceOf(SocketException.class);
        a.setSoTimeout(10);
    }
}
