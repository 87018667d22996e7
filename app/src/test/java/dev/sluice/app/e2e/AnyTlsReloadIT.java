package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.app.admin.UserSessions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New configurations of an AnyTLS server and of its client, while streams run. */
class AnyTlsReloadIT {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @TempDir
    private Path directory = Path.of("");

    private static String server(String users) {
        return "inbounds: [{type: anytls, name: in, listen: '127.0.0.1:0', users: [" + users + "]}]\nadmin: off\n";
    }

    private static String client(int server, String password, String more) {
        return """
                inbounds: [{type: mixed, name: in, listen: '127.0.0.1:0'}]
                outbounds: [{type: anytls, name: far, server: '127.0.0.1:%d', password: %s, tls: {insecure: true}}]
                admin: off
                %s
                """.formatted(server, password, more);
    }

    private static Socket tunnel(RunningProxy client, ServerSocket target) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(LOOPBACK, client.port("in"))));
        socket.setSoTimeout(10_000);
        socket.connect(new InetSocketAddress(LOOPBACK, target.getLocalPort()), 10_000);
        echoes(socket);
        return socket;
    }

    private static void echoes(Socket socket) throws IOException {
        byte[] text = "there and back".getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(text);
        assertThat(socket.getInputStream().readNBytes(text.length)).isEqualTo(text);
    }

    @Test
    void usersComeAndGoAndOthersAreNotCut() throws Exception {
        Path a = Files.createDirectories(directory.resolve("a"));
        Path b = Files.createDirectories(directory.resolve("b"));
        String alice = "{name: alice, password: one}";
        try (ServerSocket target = new ServerSocket(0, 50, LOOPBACK);
                RunningProxy server = RunningProxy.start(directory, server(alice + ", {name: bob, password: two}"));
                RunningProxy first = RunningProxy.start(a, client(server.port("in"), "one", ""));
                RunningProxy second = RunningProxy.start(b, client(server.port("in"), "two", ""))) {
            Thread.ofVirtual().start(() -> echo(target));
            try (Socket stays = tunnel(first, target); Socket goes = tunnel(second, target)) {
                server.reload(directory, server(alice + ", {name: carol, password: three}"));
                assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        echoes(goes);
                    }
                }).isInstanceOfAny(IOException.class, AssertionError.class);
                echoes(stays);
                first.reload(a, client(server.port("in"), "one", "limits: {header-bytes: 32K}"));
                echoes(stays);
                second.reload(b, client(server.port("in"), "three", ""));
                try (Socket again = tunnel(second, target)) {
                    echoes(again);
                }
                echoes(stays);
            }
        }
    }

    @Test
    void aUserWhoIsKickedLosesHisSessionsAndMayComeAgain() throws Exception {
        Path a = Files.createDirectories(directory.resolve("a"));
        Path b = Files.createDirectories(directory.resolve("b"));
        try (ServerSocket target = new ServerSocket(0, 50, LOOPBACK);
                RunningProxy server = RunningProxy.start(directory,
                        server("{name: alice, password: one}, {name: bob, password: two}"));
                RunningProxy first = RunningProxy.start(a, client(server.port("in"), "one", ""));
                RunningProxy second = RunningProxy.start(b, client(server.port("in"), "two", ""))) {
            Thread.ofVirtual().start(() -> echo(target));
            try (Socket stays = tunnel(first, target); Socket goes = tunnel(second, target)) {
                assertThat(server.accounts().standing()).extracting(UserSessions.Standing::user, UserSessions.Standing::sessions)
                        .containsExactly(tuple("alice", 1), tuple("bob", 1));
                assertThat(server.accounts().standing()).allMatch(s -> s.inbound().equals("in") && s.bytes() > 28);
                assertThat(server.accounts().kick("nobody")).isNegative();
                assertThat(server.accounts().kick("bob")).isEqualTo(1);
                assertThatThrownBy(() -> goes.getInputStream().read()).as("cut, not ended").isInstanceOf(IOException.class);
                echoes(stays);
                try (Socket again = tunnel(second, target)) {
                    echoes(again);
                }
            }
        }
    }

    private static void echo(ServerSocket target) {
        try {
            while (true) {
                Socket socket = target.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException e) {
                        // cut, as some are here
                    }
                });
            }
        } catch (IOException e) {
            // closed
        }
    }
}
