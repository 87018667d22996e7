package dev.sluice.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import dev.sluice.app.config.AdminConfig;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.logs.Logs;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who the admin listener answers, and what it does where its port is taken. */
final class AdminIT {
    @TempDir
    private Path directory = Path.of("");
    private @Nullable Runner runner;
    private @Nullable Logs logs;

    @AfterEach
    void stop() {
        if (runner != null) {
            runner.stop("test", false);
            assertThat(runner.end()).isZero();
        }
        if (logs != null) {
            logs.close();
        }
    }

    /** As {@code sluice run --listen mixed://127.0.0.1:0 --admin ADMIN} does. */
    private Runner start(@Nullable String admin) throws Exception {
        Overrides said = new Overrides(List.of("mixed://127.0.0.1:0"), List.of(), admin, null, null, null, directory);
        var config = ConfigFile.read(null, said, Map.of());
        logs = Logs.start(config.log());
        Runner started = new Runner(config, null, said, Map.of(), logs);
        runner = started;
        started.start();
        return started;
    }

    /** The status line of the answer to a request that says it is for {@code host}. */
    private static String asked(InetSocketAddress admin, String path, String host) throws IOException {
        try (Socket socket = new Socket(admin.getAddress(), admin.getPort())) {
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines().findFirst().orElse("");
        }
    }

    /** A page of somebody else whose name was bent to this address sends its own name. */
    @Test
    void aForeignHostIsRefused() throws Exception {
        InetSocketAddress admin = Objects.requireNonNull(start("127.0.0.1:0").adminAddress());
        for (String path : List.of("/healthz", "/metrics", "/connections", "/users", "/")) {
            assertThat(asked(admin, path, "rebound.example:" + admin.getPort())).as(path).contains(" 403 ");
        }
        assertThat(asked(admin, "/healthz", "127.0.0.1:" + admin.getPort())).contains(" 200 ");
        assertThat(asked(admin, "/healthz", "localhost")).contains(" 200 ");
    }

    @Test
    void aDefaultPortThatIsTakenIsOneWarning() throws Exception {
        InetSocketAddress port = Objects.requireNonNull(AdminConfig.DEFAULT.listen());
        LogWatch said = new LogWatch();
        try (ServerSocket taken = takenWhereFree(port)) {
            said.begin();
            Runner started = start(null);
            assertThat(said.messages(Level.WARN)).singleElement().asString().startsWith("no admin listener: ")
                    .contains("127.0.0.1:" + port.getPort(), "--admin");
            assertThat(taken.isClosed()).isFalse();
            assertThat(started.adminAddress()).isNull();
            assertThat(Objects.requireNonNull(started.server()).listening()).as("it goes on").isNotEmpty();
        } finally {
            said.verify();
        }
    }

    /** Somebody else on this machine may have it: then it is taken, too. */
    private static ServerSocket takenWhereFree(InetSocketAddress port) throws IOException {
        ServerSocket taken = new ServerSocket();
        try {
            taken.bind(port);
        } catch (BindException e) {
            assertThat(taken.isBound()).isFalse();
        }
        return taken;
    }

    @Test
    void aPortThatWasAskedForMustBeFree() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start("127.0.0.1:" + taken.getLocalPort())).isInstanceOf(StartException.class)
                    .hasMessageContaining("admin").hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }
}
