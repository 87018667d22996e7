package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.stream.Connector;
import dev.sluice.stream.StreamSocketFactory;
import dev.sluice.testkit.LeakWatch;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Libraries that know nothing but sockets, over streams of one connection: OkHttp and a JDBC driver. */
@Timeout(60)
class SocketsIT {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    /** A driver makes its socket factory itself, of a class name and a text. */
    private static final Map<String, Connector> CONNECTORS = new ConcurrentHashMap<>();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @TempDir
    private Path directory = Path.of("");

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    @SuppressWarnings("NullAway.Init")
    private RudpServer server;
    @SuppressWarnings("NullAway.Init")
    private RudpConnection client;

    @BeforeEach
    void connect() throws IOException {
        RudpConfig config = RudpConfig.builder().secret("correct horse battery staple").build();
        server = RudpServer.bind(new InetSocketAddress(LOOPBACK, 0), config);
        client = RudpClient.connect(server.address(), config);
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        server.close();
        assertThat(client.closed().await(15, TimeUnit.SECONDS)).isTrue();
        assertThat(server.closed().await(15, TimeUnit.SECONDS)).isTrue();
        threads.close();
    }

    /** Leads each stream to a port of this machine, as a small tunnel would. */
    private void bridgeTo(int port) {
        threads.submit(() -> {
            RudpConnection accepted = server.accept();
            while (true) {
                Socket near = accepted.acceptStream().asSocket();
                Socket far = new Socket(LOOPBACK, port);
                threads.submit(() -> copy(near, far));
                threads.submit(() -> copy(far, near));
            }
        });
    }

    private static Void copy(Socket from, Socket to) throws IOException {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            from.close();
            to.close();
        }
        return null;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void okHttpRunsOverStreams() throws Exception {
        byte[] file = random(8_000_000);
        HttpServer web = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
        web.setExecutor(threads);
        web.createContext("/file", exchange -> {
            exchange.sendResponseHeaders(200, 0); // chunked
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(file);
            }
        });
        web.createContext("/echo", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        web.start();
        bridgeTo(web.getAddress().getPort());
        OkHttpClient http = new OkHttpClient.Builder().proxy(Proxy.NO_PROXY).dns(name -> List.of(LOOPBACK))
                .socketFactory(new StreamSocketFactory((target, timeout) -> client.openStream()))
                .readTimeout(Duration.ofSeconds(20)).build();
        try {
            List<Callable<byte[]>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                byte[] body = random(1000 * (i + 1));
                calls.add(() -> get(http,
                        new Request.Builder().url("http://behind.test/echo").post(RequestBody.create(body)).build()));
            }
            List<Future<byte[]>> answers = threads.invokeAll(calls);
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(random(1000 * (i + 1)));
            }
            assertThat(get(http, new Request.Builder().url("http://behind.test/file").build())).isEqualTo(file);
            assertThat(http.connectionPool().connectionCount()).isPositive();
        } finally {
            http.dispatcher().executorService().shutdown();
            http.connectionPool().evictAll();
            web.stop(0);
        }
    }

    private static byte[] get(OkHttpClient http, Request request) throws IOException {
        try (Response response = http.newCall(request).execute()) {
            assertThat(response.code()).isEqualTo(200);
            return Objects.requireNonNull(response.body()).bytes();
        }
    }

    /** What the driver of PostgreSQL makes of its property {@code socketFactory}. */
    public static final class Sockets extends javax.net.SocketFactory {
        private final StreamSocketFactory streams;

        /** By the name of a connector. */
        public Sockets(String name) {
            streams = new StreamSocketFactory(Objects.requireNonNull(CONNECTORS.get(name)));
        }

        @Override
        public Socket createSocket() throws IOException {
            return streams.createSocket();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            return streams.createSocket(host, port);
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
            return streams.createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return streams.createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
            return streams.createSocket(host, port);
        }
    }

    @Test
    void jdbcRunsOverAStream() throws Exception {
        int port = freePort();
        Process database = startPostgres(port);
        String name = "jdbc-" + port;
        CONNECTORS.put(name, (target, timeout) -> client.openStream());
        try {
            bridgeTo(port);
            Properties properties = new Properties();
            properties.setProperty("user", "sluice");
            properties.setProperty("socketFactory", Sockets.class.getName());
            properties.setProperty("socketFactoryArg", name);
            properties.setProperty("sslmode", "disable");
            // The host and the port are never dialled: the socket is a stream to the bridge.
            try (Connection sql = await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(200))
                    .ignoreExceptionsInstanceOf(SQLException.class)
                    .until(() -> DriverManager.getConnection("jdbc:postgresql://127.0.0.1:9/postgres", properties), c -> true)) {
                useDatabase(sql);
            }
        } finally {
            CONNECTORS.remove(name);
            database.destroy();
            assertThat(database.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void useDatabase(Connection sql) throws SQLException {
        byte[] picture = random(1_000_000);
        try (Statement statement = sql.createStatement()) {
            statement.execute("create table things (id int primary key, name text, picture bytea)");
        }
        sql.setAutoCommit(false);
        try (PreparedStatement insert = sql.prepareStatement("insert into things values (?, ?, ?)")) {
            for (int i = 0; i < 2000; i++) {
                insert.setInt(1, i);
                insert.setString(2, "thing " + i);
                insert.setBytes(3, i == 1234 ? picture : new byte[0]);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        sql.commit();
        try (Statement select = sql.createStatement()) {
            select.setFetchSize(100); // a cursor: a round trip for each hundred
            try (ResultSet rows = select.executeQuery("select id, name, picture from things order by id")) {
                int count = 0;
                for (; rows.next(); count++) {
                    assertThat(rows.getInt(1)).isEqualTo(count);
                    assertThat(rows.getString(2)).isEqualTo("thing " + count);
                    if (count == 1234) {
                        assertThat(rows.getBytes(3)).isEqualTo(picture);
                    }
                }
                assertThat(count).isEqualTo(2000);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
            return socket.getLocalPort();
        }
    }

    /** A database of its own in {@link #directory}. It refuses to run as root, who makes it another user's. */
    private Process startPostgres(int port) throws Exception {
        boolean root = System.getProperty("user.name").equals("root");
        Assumptions.assumeTrue(run("initdb", "--version") == 0, "skipped: postgres not found");
        Assumptions.assumeTrue(!root || run("id", "postgres") == 0,
                "skipped: postgres not found as a user");
        List<String> as = root ? List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") : List.of();
        Path data = Files.createDirectory(directory.resolve("data"));
        if (root) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
            assertThat(run("chown", "postgres", data.toString())).isZero();
        }
        assertThat(run(with(as, "initdb", "-D", data.toString(), "-A", "trust", "-U", "sluice", "--no-sync", "--no-locale")))
                .isZero();
        return process(
                with(as, "postgres", "-D", data.toString(), "-p", Integer.toString(port), "-h", "127.0.0.1", "-k", "", "-F"));
    }

    private static String[] with(List<String> as, String... command) {
        List<String> all = new ArrayList<>(as);
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    private int run(String... command) throws InterruptedException {
        try {
            Process process = process(command);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        } catch (IOException e) {
            return -1;
        }
    }

    private Process process(String... command) throws IOException {
        return new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectErrorStream(true)
                .redirectOutput(directory.resolve("postgres.log").toFile()).start();
    }
}
