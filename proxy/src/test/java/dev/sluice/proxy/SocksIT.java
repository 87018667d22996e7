package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.proxy.UserList.User;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SocksIT {
    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private final InboundRig rig = new InboundRig();
    private final InboundRig.Echo echo = new InboundRig.Echo();

    @AfterEach
    void close() throws IOException {
        rig.close();
        echo.close();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private String port() {
        return String.format("%04x", echo.port());
    }

    private static Socket open(InetSocketAddress at) throws IOException {
        Socket socket = new Socket(at.getAddress(), at.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static String read(Socket socket, int bytes) throws IOException {
        return HexFormat.of().formatHex(socket.getInputStream().readNBytes(bytes));
    }

    private static void send(Socket socket, String hex) throws IOException {
        socket.getOutputStream().write(hex(hex));
    }

    private static byte[] toEnd(InputStream in) throws IOException {
        try {
            return in.readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }

    private void echoes(Socket socket) throws IOException {
        socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("hello");
        socket.shutdownOutput();
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void connectInEveryFlavour() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings());
        String[] flavours = {"0401" + port() + "7f00000100", "0401" + port() + "00000001" + "6d6500" + "6c6f63616c686f737400",
                "050100 05010001 7f000001" + port(), "050100 05010003 09 6c6f63616c686f7374" + port(),
                "050100 05010003 09 3132372e302e302e31" + port()};
        for (String flavour : flavours) {
            try (Socket socket = open(at)) {
                send(socket, flavour);
                if (flavour.startsWith("04")) {
                    assertThat(read(socket, 8)).startsWith("005a");
                } else {
                    assertThat(read(socket, 2)).isEqualTo("0500");
                    assertThat(read(socket, 10)).startsWith("05000001" + "7f000001");
                }
                echoes(socket);
            }
        }
        await().until(() -> rig.ended.size() == flavours.length && rig.table.size() == 0);
        assertThat(rig.ended).allMatch(e -> e.reason().kind() == Kind.FINISHED && e.up() == 5 && e.down() == 5);
        assertThat(rig.ended.getFirst().what()).isEqualTo("SOCKS4");
        assertThat(rig.ended.getLast().what()).isEqualTo("SOCKS5");
        assertThat(rig.counts.of("handshake")).isEqualTo(flavours.length);
    }

    @Test
    void bytesSentWithTheRequestAreKept() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings());
        try (Socket socket = open(at)) {
            send(socket, "050100 05010001 7f000001" + port() + "6561726c79");
            socket.shutdownOutput();
            assertThat(read(socket, 2)).isEqualTo("0500");
            read(socket, 10);
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo("early");
        }
    }

    @Test
    void password() throws IOException {
        UserList users = new UserList(List.of(User.of("bob", "pw")), Runnable::run);
        InetSocketAddress at = rig.socks(InboundRig.settings().withUsers(users));
        try (Socket socket = open(at)) {
            send(socket, "05020002 01 03626f62 027077 05010001 7f000001" + port());
            assertThat(read(socket, 4)).isEqualTo("05020100");
            assertThat(read(socket, 10)).startsWith("0500");
            echoes(socket);
        }
        await().until(() -> !rig.ended.isEmpty());
        assertThat(rig.ended.getFirst().connection().user()).isEqualTo("bob");
        refused(at, "050102 01 03626f62 0178", "05020101");
        refused(at, "050100", "05ff");
        refused(at, "0401" + port() + "7f00000100", "005b000000000000");
        assertThat(rig.counts.of("unauthorized")).isEqualTo(3);
    }

    @Test
    void aUserHasAsManyConnectionsAsHeMay() throws IOException {
        UserList users = new UserList(List.of(new User("bob", "pw", 1, 0)), Runnable::run);
        InetSocketAddress at = rig.socks(InboundRig.settings().withUsers(users));
        String login = "050102 01 03626f62 027077 05010001 7f000001" + port();
        try (Socket first = open(at)) {
            send(first, login);
            assertThat(read(first, 14)).startsWith("050201000500");
            refused(at, login, "05020100" + "05010001000000000000");
            echoes(first);
        }
        await().until(() -> rig.table.size() == 0);
        try (Socket next = open(at)) {
            send(next, login);
            assertThat(read(next, 14)).startsWith("050201000500");
        }
    }

    private static void refused(InetSocketAddress at, String request, String answer) throws IOException {
        try (Socket socket = open(at)) {
            send(socket, request);
            assertThat(HexFormat.of().formatHex(toEnd(socket.getInputStream()))).isEqualTo(answer.replace(" ", ""));
        }
    }

    @ParameterizedTest
    @CsvSource({"03,", "0500,05ff", "050102,05ff", "050100 05020001 7f000001 0050,0500 05070001000000000000",
            "050100 05090001 7f000001 0050,0500 05070001000000000000", "0402 0050 7f000001 00,005b000000000000",
            "050100 05010002 7f000001 0050,0500 05080001000000000000", "050100 05010001 7f000001 0000,0500 05010001000000000000",
            "050100 05010003 00 0050,0500 05010001000000000000"})
    void refusedInItsOwnWords(String request, String answer) throws IOException {
        refused(rig.socks(InboundRig.settings()), request, answer == null ? "" : answer);
        await().until(() -> rig.table.size() == 0);
        assertThat(rig.counts.of("protocol") + rig.counts.of("command") + rig.counts.of("unauthorized")).isEqualTo(1);
        assertThat(rig.dialled).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"REFUSED,05", "TIMEOUT,06", "NAME_NOT_RESOLVED,04", "BLOCKED,02", "NETWORK_UNREACHABLE,03", "LIMIT,01"})
    void aFailureIsToldAtOnce(Failure failure, String code) throws IOException {
        rig.fail(failure);
        InetSocketAddress at = rig.socks(InboundRig.settings());
        refused(at, "050100 05010001 7f000001 0050", "0500" + "05" + code + "0001000000000000");
        refused(at, "0401 0050 7f000001 00", "005b000000000000");
        await().until(() -> rig.ended.size() == 2 && rig.table.size() == 0);
    }

    @Test
    void aClosedPort() throws IOException {
        int port = echo.port();
        echo.close();
        refused(rig.socks(InboundRig.settings()), "050100 05010001 7f000001" + String.format("%04x", port),
                "0500" + "05050001000000000000");
    }

    @Test
    void theAnswerArrivesThoughTheClientGoesOnSending() throws IOException {
        rig.fail(Failure.REFUSED);
        InetSocketAddress at = rig.socks(InboundRig.settings());
        try (Socket socket = open(at)) {
            send(socket, "050100 05010001 7f000001 0050");
            socket.getOutputStream().write(new byte[200_000]);
            assertThat(read(socket, 12)).isEqualTo("0500" + "05050001000000000000");
        }
    }

    @Test
    void aClientThatLeavesCancelsTheDial() throws IOException {
        rig.blackHole();
        InetSocketAddress at = rig.socks(InboundRig.settings());
        for (boolean reset : new boolean[]{false, true}) {
            int before = rig.counts.of("dial-cancelled");
            try (Socket socket = open(at)) {
                send(socket, "050100 05010001 7f000001 0050");
                await().until(() -> rig.table.size() == 1 && !rig.dialled.isEmpty());
                if (reset) {
                    socket.setSoLinger(true, 0);
                }
            }
            await().untilAsserted(() -> assertThat(rig.counts.of("dial-cancelled")).isEqualTo(before + 1));
            await().until(() -> rig.table.size() == 0);
        }
        assertThat(rig.ended).allMatch(e -> e.reason().kind() == Kind.CANCELLED);
    }

    @Test
    void halfAHandshakeAndSilence() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings().withHandshake(Duration.ofMillis(200)));
        for (String half : new String[]{"", "05", "050100 0501", "0401"}) {
            try (Socket socket = open(at)) {
                send(socket, half);
                assertThat(toEnd(socket.getInputStream())).hasSizeLessThanOrEqualTo(2);
            }
        }
        assertThat(rig.counts.of("handshake-timeout")).isEqualTo(4);
    }

    @Test
    void theDeadlineDoesNotOutliveTheHandshake() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings().withHandshake(Duration.ofMillis(300)));
        try (Socket socket = open(at)) {
            send(socket, "0401" + port() + "7f00000100");
            assertThat(read(socket, 8)).startsWith("005a");
            await().pollDelay(Duration.ofMillis(500)).until(() -> true);
            echoes(socket);
        }
    }

    @Test
    void aNameIsSniffedAfterTheAnswer() throws IOException {
        rig.wantsName.set(true);
        InetSocketAddress at = rig.socks(InboundRig.settings());
        try (Socket socket = open(at)) {
            send(socket, "0401" + port() + "7f00000100");
            assertThat(read(socket, 8)).startsWith("005a");
            assertThat(rig.dialled).isEmpty();
            String request = "GET / HTTP/1.1\r\nHost: sniffed.example\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(request.length()), StandardCharsets.US_ASCII))
                    .isEqualTo(request);
            assertThat(rig.dialled.getFirst().sniffedName()).isEqualTo("sniffed.example");
        }
        try (Socket silent = open(at)) {
            send(silent, "0401" + port() + "7f00000100");
            read(silent, 8);
            await().until(() -> rig.dialled.size() == 2);
            assertThat(rig.dialled.getLast().sniffedName()).isNull();
            echoes(silent);
        }
    }

    @Test
    void aThousandWhoComeAndGoLeaveNothing() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings().withLimits(new ConnectionLimits(0, 100)));
        int count = 1000;
        for (int i = 0; i < count; i++) {
            try (Socket socket = open(at)) {
                if (i % 3 == 0) {
                    socket.setSoLinger(true, 0);
                } else if (i % 3 == 1) {
                    send(socket, "050100");
                }
            }
        }
        await().untilAsserted(() -> assertThat(rig.counts.of("accepted")).isEqualTo(count));
        await().until(() -> rig.table.size() == 0);
    }
}
