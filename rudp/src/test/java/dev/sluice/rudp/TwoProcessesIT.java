package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.CloseReason;
import dev.sluice.stream.Stream;
import dev.sluice.testkit.ChildJvm;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.ThreadWatch;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** This process and a {@link HashServer} over loopback. Whatever happens on the way, the server's hash is that of what was sent. */
@Timeout(120)
class TwoProcessesIT {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @TempDir
    private Path directory = Path.of("");

    private final List<Process> processes = new ArrayList<>();
    @SuppressWarnings("NullAway.Init")
    private Server server;
    private @Nullable RudpConnection opened;

    /** The other process. */
    private record Server(Process process, BufferedReader says, InetSocketAddress address) {
        void closeSockets() throws IOException {
            process.outputWriter(StandardCharsets.UTF_8).append("sockets\n").flush();
            String line = says.readLine();
            while (line != null && !line.equals("closed")) { // the log
                line = says.readLine();
            }
            assertThat(line).isEqualTo("closed");
        }
    }

    private Server start(int port) throws IOException {
        Process process = ChildJvm.light(HashServer.class, Integer.toString(port), directory.resolve("key").toString())
                .redirectError(new File("/dev/null")).start();
        processes.add(process);
        BufferedReader says = process.inputReader(StandardCharsets.UTF_8);
        String line = Objects.requireNonNull(says.readLine(), "the server did not start");
        while (!line.startsWith("port ")) { // the log
            line = Objects.requireNonNull(says.readLine(), "the server did not start");
        }
        int bound = Integer.parseInt(line.substring("port ".length()));
        return new Server(process, says, new InetSocketAddress(InetAddress.getLoopbackAddress(), bound));
    }

    @BeforeEach
    void start() throws IOException {
        server = start(0);
    }

    @AfterEach
    void end() throws InterruptedException {
        RudpConnection connection = opened;
        if (connection != null) {
            connection.close();
            assertThat(connection.closed().await(15, TimeUnit.SECONDS)).isTrue();
        }
        for (Process process : processes) {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private RudpConnection connect() throws IOException {
        RudpConnection connection = RudpClient.connect(server.address, RudpConfig.builder().build());
        opened = connection;
        return connection;
    }

    private static <T extends @Nullable Object> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    private static <T extends @Nullable Object> T get(FutureTask<T> task) throws Exception {
        return task.get(100, TimeUnit.SECONDS);
    }

    /** Sends so many bytes on a stream of their own and compares the hashes of both ends. */
    private static boolean transfer(RudpConnection connection, long length, int seed) throws Exception {
        try (Stream stream = connection.openStream()) {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            SplittableRandom random = new SplittableRandom(seed);
            byte[] block = new byte[64 * 1024];
            for (long left = length; left > 0; left -= block.length) {
                random.nextBytes(block);
                int n = (int) Math.min(left, block.length);
                hash.update(block, 0, n);
                stream.write(block, 0, n);
            }
            stream.shutdownOutput();
            return MessageDigest.isEqual(stream.input().readAllBytes(), hash.digest());
        }
    }

    @Test
    void sixtyFourMebibytesArriveByHash() throws Exception {
        assertThat(transfer(connect(), 64L << 20, 1)).isTrue();
    }

    @Test
    @Tag("full")
    void aGigabyteArrivesByHash() throws Exception {
        assertThat(transfer(connect(), 1L << 30, 2)).isTrue();
    }

    @Test
    void aThousandStreamsArriveByHash() throws Exception {
        RudpConnection connection = connect();
        List<FutureTask<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int seed = i;
            all.add(start(() -> transfer(connection, 1000 + 37 * seed, seed)));
        }
        for (FutureTask<Boolean> each : all) {
            assertThat(get(each)).isTrue();
        }
    }

    @Test
    void movesUnderLoadLoseNothing() throws Exception {
        RudpConnection connection = connect();
        try (UdpRelay relay = new UdpRelay(server.address)) {
            FutureTask<Boolean> load = start(() -> transfer(connection, 24L << 20, 3));
            connection.migrate(relay.address());
            connection.rebind(ANY);
            connection.migrate(server.address);
            connection.rebind(ANY);
            assertThat(get(load)).isTrue();
            assertThat(connection.remoteAddress()).isEqualTo(server.address);
            assertThat(Objects.requireNonNull(connection.statistics()).pathChanges()).isGreaterThanOrEqualTo(4);
        }
    }

    @Test
    void socketsThatAreClosedUnderneathLoseNothing() throws Exception {
        RudpConnection connection = connect();
        FutureTask<Boolean> load = start(() -> transfer(connection, 24L << 20, 4));
        connection.closeSocketUnderneath();
        server.closeSockets();
        connection.closeSocketUnderneath();
        assertThat(get(load)).isTrue();
    }

    @Test
    void aServerThatIsKilledAndRestartedIsHeardOfAtOnce() throws Exception {
        RudpConnection connection = connect();
        FutureTask<Boolean> load = start(() -> transfer(connection, 1L << 40, 5));
        server.process.destroyForcibly();
        assertThat(server.process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        server = start(server.address.getPort());
        assertThatThrownBy(() -> get(load)).hasRootCauseInstanceOf(IOException.class);
        assertThat(connection.closing().get(10, TimeUnit.SECONDS).kind()).isEqualTo(CloseReason.Kind.RESET);
        assertThat(connection.closed().await(15, TimeUnit.SECONDS)).isTrue();
        assertThat(transfer(connect(), 1_000_000, 6)).isTrue();
    }
}
