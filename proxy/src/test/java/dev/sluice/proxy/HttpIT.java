package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.http.HttpEngine;
import dev.sluice.http.HttpLimits;
import dev.sluice.proxy.UserList.User;
import dev.sluice.testkit.LogWatch;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The HTTP inbound over real sockets: CONNECT, credentials, and what a client is told when its target cannot be reached. */
class HttpIT {
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private final InboundRig rig = new InboundRig();
    private final InboundRig.Echo echo = new InboundRig.Echo();

    @AfterEach
    void close() throws IOException {
        rig.close();
        echo.close();
    }

    private InetSocketAddress http(ListenerSettings settings) {
        return rig.start(settings, new HttpProtocol(new HttpEngine(rig.root, HttpLimits.DEFAULT), rig.context.dispatcher()));
    }

    private static Socket open(InetSocketAddress at) throws IOException {
        Socket socket = new Socket(at.getAddress(), at.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String head(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            int c = socket.getInputStream().read();
            if (c < 0) {
                break;
            }
            text.append((char) c);
        }
        return text.toString();
    }

    private static String take(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
    }

    private String connect(String fields) {
        return "CONNECT 127.0.0.1:" + echo.port() + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
    }

    private static String basic(String pair) {
        return "Proxy-Authorization: Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)) + "\r\n";
    }

    @Test
    void connectBecomesAStreamAndKeepsEarlyBytes() throws IOException {
        try (Socket client = open(http(InboundRig.settings()))) {
            say(client, connect("") + "early");
            assertThat(head(client)).isEqualTo("HTTP/1.1 200 Connection established\r\n\r\n");
            assertThat(take(client, 5)).isEqualTo("early");
            say(client, "later");
            assertThat(take(client, 5)).isEqualTo("later");
            client.shutdownOutput();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        await().untilAsserted(() -> assertThat(rig.ended).singleElement().satisfies(line -> {
            assertThat(line.what()).startsWith("CONNECT 127.0.0.1:");
            assertThat(line.up()).isEqualTo(10);
            assertThat(line.reason().kind()).isEqualTo(Kind.FINISHED);
        }));
        await().untilAsserted(() -> assertThat(rig.table.size()).isZero());
    }

    @Test
    void aNameIsSniffedBehindTheAnswer() throws IOException {
        rig.wantsName.set(true);
        try (Socket client = open(http(InboundRig.settings()))) {
            say(client, connect(""));
            assertThat(head(client)).startsWith("HTTP/1.1 200");
            say(client, "GET / HTTP/1.1\r\nHost: named.example\r\n\r\n");
            assertThat(head(client)).contains("named.example");
            assertThat(rig.dialled.getFirst().sniffedName()).isEqualTo("named.example");
        }
    }

    @Test
    void aFailureIsToldAtOnceAndTheConnectionGoesOn() throws IOException {
        try (Socket client = open(http(InboundRig.settings()))) {
            rig.fail(Failure.TIMEOUT);
            say(client, connect(""));
            assertThat(head(client)).startsWith("HTTP/1.1 504").contains("error=connection_timeout");
        }
        try (Socket client = open(http(InboundRig.settings()))) {
            rig.fail(Failure.BLOCKED);
            say(client, connect(""));
            String head = head(client);
            assertThat(head).startsWith("HTTP/1.1 403");
            take(client, Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1")));
            say(client, "GET http://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(head(client)).startsWith("HTTP/1.1 403");
        }
    }

    @Test
    void aClientThatLeavesCancelsTheDial() throws IOException {
        rig.blackHole();
        InetSocketAddress at = http(InboundRig.settings());
        for (boolean reset : new boolean[]{false, true}) {
            try (Socket client = open(at)) {
                int before = rig.dialled.size();
                say(client, connect(""));
                await().until(() -> rig.dialled.size() > before);
                if (reset) {
                    client.setSoLinger(true, 0);
                }
            }
            int expected = reset ? 2 : 1;
            await().untilAsserted(() -> assertThat(rig.counts.of("dial-cancelled")).isEqualTo(expected));
        }
        await().untilAsserted(() -> assertThat(rig.table.size()).isZero());
    }

    @Test
    void aClientMustSayWhoItIs() throws IOException {
        ListenerSettings settings = InboundRig.settings()
                .withUsers(new UserList(List.of(User.of("ann", "right")), Runnable::run));
        try (Socket client = open(http(settings))) {
            say(client, connect(""));
            String head = head(client);
            assertThat(head).startsWith("HTTP/1.1 407").contains("proxy-authenticate: Basic realm=\"sluice\"");
            take(client, Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1")));
            say(client, connect(basic("ann:wrong")));
            head = head(client);
            assertThat(head).startsWith("HTTP/1.1 407");
            take(client, Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1")));
            say(client, connect(basic("ann:right")));
            assertThat(head(client)).startsWith("HTTP/1.1 200");
            assertThat(rig.dialled).singleElement().satisfies(c -> assertThat(c.user()).isEqualTo("ann"));
            assertThat(rig.counts.of("unauthorized")).isEqualTo(2);
            assertThat(rig.refused).extracting(line -> line.what() + " " + line.status())
                    .containsExactly("CONNECT 127.0.0.1:" + echo.port() + " 407", "CONNECT 127.0.0.1:" + echo.port() + " 407");
            assertThat(rig.refused).extracting(line -> line.id()).doesNotHaveDuplicates()
                    .doesNotContain(rig.dialled.getFirst().id());
        }
        assertThat(rig.ended).allSatisfy(line -> assertThat(line.status()).isNotEqualTo(407));
    }

    @Test
    void aMalformedRequestIsCountedAndHasItsLine() throws IOException {
        try (Socket client = open(http(InboundRig.settings()))) {
            say(client, "GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
            assertThat(head(client)).startsWith("HTTP/1.1 400");
        }
        assertThat(rig.refused).singleElement().satisfies(line -> {
            assertThat(line.status()).isEqualTo(400);
            assertThat(line.reason().kind()).isEqualTo(Kind.PROTOCOL);
            assertThat(line.source().getAddress()).isEqualTo(InboundRig.LOOPBACK);
        });
        assertThat(rig.counts.of("protocol")).isEqualTo(1);
        assertThat(rig.ended).isEmpty();
    }

    @Test
    void aPlainRequestIsLoggedWithItsStatus() throws IOException {
        try (Socket client = open(http(InboundRig.settings()))) {
            rig.fail(Failure.REFUSED);
            say(client, "GET http://127.0.0.1:1/a?secret HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(head(client)).startsWith("HTTP/1.1 502").contains("error=connection_refused");
        }
        await().untilAsserted(() -> assertThat(rig.ended).singleElement().satisfies(line -> {
            assertThat(line.what()).isEqualTo("GET http://127.0.0.1:1/a");
            assertThat(line.status()).isEqualTo(502);
            assertThat(line.reason().kind()).isEqualTo(Kind.UNREACHABLE);
        }));
    }
}
