package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.net.ServerTls;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The door of every listener: limits, allow-from, PROXY headers, TLS, and what stands behind it. */
class AdmissionIT {
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final AccessList LOCAL = AccessList.parse(List.of("127.0.0.0/8"));

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

    private InetSocketAddress forward(ListenerSettings settings) {
        return rig.start(settings,
                new ForwardProtocol(rig.context.dispatcher(), Destination.parse(Network.TCP, "127.0.0.1:" + echo.port())));
    }

    private static Socket open(InetSocketAddress at) throws IOException {
        Socket socket = new Socket(at.getAddress(), at.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static void echoes(Socket socket) throws IOException {
        send(socket, "hello");
        assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("hello");
    }

    private static void isClosed(Socket socket) throws IOException {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException reset) {
            // said more plainly
        }
    }

    @Test
    void aForwardedPort() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings());
        try (Socket socket = open(at)) {
            echoes(socket);
        }
        await().until(() -> rig.ended.size() == 1 && rig.table.size() == 0);
        assertThat(rig.ended.getFirst().what()).isEqualTo("tcp");
        assertThat(rig.dialled.getFirst().policy().allowPrivate()).isTrue();
    }

    @Test
    void aForwardedPortToNowhereIsReset() throws IOException {
        rig.fail(Failure.REFUSED);
        try (Socket socket = open(forward(InboundRig.settings()))) {
            isClosed(socket);
        }
        await().until(() -> rig.ended.size() == 1 && rig.table.size() == 0);
    }

    @Test
    void limitsOfASourceAndInTotal() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings().withLimits(new ConnectionLimits(0, 2)));
        try (Socket one = open(at); Socket two = open(at)) {
            echoes(one);
            echoes(two);
            try (Socket three = open(at)) {
                isClosed(three);
            }
            assertThat(rig.counts.of("source-limit")).isEqualTo(1);
        }
        await().until(() -> rig.table.size() == 0);
        try (Socket again = open(at)) {
            echoes(again);
        }
        InetSocketAddress total = forward(InboundRig.settings().withLimits(new ConnectionLimits(1, 0)));
        try (Socket one = open(total)) {
            echoes(one);
            try (Socket two = open(total)) {
                isClosed(two);
            }
        }
        assertThat(rig.counts.of("total-limit")).isEqualTo(1);
    }

    @Test
    void aFloodFromOneAddressHoldsNoMoreThanItsLimit() throws IOException {
        flood(1_000);
    }

    @Test
    @Tag("full")
    @Timeout(600)
    void aHundredThousandAttemptsFromOneAddress() throws IOException {
        flood(100_000);
    }

    private void flood(int attempts) throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings().withLimits(new ConnectionLimits(0, 50)));
        List<Socket> kept = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            kept.add(open(at));
        }
        await().until(() -> rig.counts.of("accepted") == 50);
        for (int i = 50; i < attempts; i++) {
            open(at).close();
        }
        await().atMost(Duration.ofMinutes(1)).until(() -> rig.counts.of("accepted") == attempts);
        assertThat(rig.counts.of("source-limit")).as(rig.counts.toString()).isEqualTo(attempts - 50);
        for (Socket socket : kept) {
            socket.close();
        }
        await().until(() -> rig.counts.of("left") == 50);
        try (Socket next = open(at)) {
            next.getOutputStream().write(new byte[]{5, 1, 0});
            assertThat(next.getInputStream().readNBytes(2)).containsExactly(5, 0);
        }
    }

    @Test
    void allowFrom() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings().withAllowFrom(AccessList.parse(List.of("10.0.0.0/8"))));
        try (Socket socket = open(at)) {
            isClosed(socket);
        }
        assertThat(rig.counts.of("not-allowed")).isEqualTo(1);
        assertThat(rig.dialled).isEmpty();
    }

    @Test
    void proxyHeaders() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings().withProxyHeaderFrom(LOCAL));
        String v2 = new String(HexFormat.of().parseHex(V2 + "21110010" + "c0000201" + "c0000202" + "1234" + "0050" + "04000161"),
                StandardCharsets.ISO_8859_1);
        String v2Six = new String(HexFormat.of().parseHex(V2 + "21210024" + "20010db8000000000000000000000001"
                + "20010db8000000000000000000000002" + "1234" + "0050"), StandardCharsets.ISO_8859_1);
        String local = new String(HexFormat.of().parseHex(V2 + "20000000"), StandardCharsets.ISO_8859_1);
        String[] headers = {"PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n", v2, v2Six, "PROXY UNKNOWN\r\n", local};
        String[] sources = {"192.0.2.1:4660", "192.0.2.1:4660", "[2001:db8::1]:4660", "127.0.0.1", "127.0.0.1"};
        for (int i = 0; i < headers.length; i++) {
            try (Socket socket = open(at)) {
                send(socket, headers[i] + "hello"); // in one piece: what follows the header is not lost
                assertThat(new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII)).isEqualTo("hello");
                assertThat(Destination.of(Network.TCP, rig.dialled.getLast().source()).toString()).startsWith(sources[i]);
            }
        }
        try (Socket slow = open(at)) {
            for (char c : headers[0].toCharArray()) {
                send(slow, String.valueOf(c));
                slow.getOutputStream().flush();
            }
            echoes(slow);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello", "PROXY TCP4 192.0.2.1\r\n", "PROXY TCP4 a b 1 2\r\n", "\5\1\0", "GET / HTTP/1.1\r\n\r\n",
            "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n"})
    void aBrokenOrMissingProxyHeader(String begin) throws IOException {
        InetSocketAddress at = forward(InboundRig.settings().withProxyHeaderFrom(LOCAL));
        try (Socket socket = open(at)) {
            send(socket, begin);
            isClosed(socket);
        }
        assertThat(rig.counts.of("proxy-header")).isEqualTo(1);
        assertThat(rig.dialled).isEmpty();
    }

    @Test
    void theSourceOfTheHeaderIsWhatCounts() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings().withProxyHeaderFrom(LOCAL)
                .withAllowFrom(AccessList.parse(List.of("192.0.2.1"))).withLimits(new ConnectionLimits(0, 1)));
        try (Socket socket = open(at)) {
            send(socket, "PROXY TCP4 192.0.2.1 192.0.2.2 4660 80\r\n");
            echoes(socket);
            try (Socket same = open(at)) {
                send(same, "PROXY TCP4 192.0.2.1 192.0.2.2 4661 80\r\n");
                isClosed(same);
            }
            assertThat(rig.counts.of("source-limit")).isEqualTo(1);
        }
        try (Socket other = open(at)) {
            send(other, "PROXY TCP4 192.0.2.9 192.0.2.2 4660 80\r\n");
            isClosed(other);
        }
        assertThat(rig.counts.of("not-allowed")).isEqualTo(1);
    }

    @Test
    void headerAndHandshakeHaveOneDeadline() throws IOException {
        InetSocketAddress at = rig.socks(InboundRig.settings().withProxyHeaderFrom(LOCAL).withHandshake(Duration.ofMillis(300)));
        try (Socket socket = open(at)) {
            send(socket, "PROXY TCP4 ");
            isClosed(socket);
        }
        assertThat(rig.counts.of("handshake-timeout")).isEqualTo(1);
    }

    @Test
    void tls(@TempDir Path keys) throws Exception {
        ServerTls tls = ServerTls.selfSigned(keys, "test", List.of());
        InetSocketAddress at = forward(InboundRig.settings().withTls(tls).withHandshake(Duration.ofSeconds(5)));
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        try (SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket(at.getAddress(), at.getPort())) {
            socket.setSoTimeout(10_000);
            echoes(socket);
        }
        try (Socket plain = open(at)) {
            send(plain, "GET / HTTP/1.1\r\n\r\n");
            plain.getInputStream().readAllBytes(); // an alert, or nothing
        } catch (SocketException reset) {
            // as well
        }
        await().until(() -> rig.counts.of("tls") == 1 && rig.table.size() == 0);
    }

    @Test
    void garbageIsNotAnswered() throws IOException {
        ClientProtocol mixed = new MixedProtocol(session -> session.channel().close(),
                new SocksProtocol(rig.context, SocksOptions.DEFAULT));
        InetSocketAddress at = rig.start(InboundRig.settings(), mixed);
        for (char first : new char[]{0, 3, 0x16, ' ', 0xff}) {
            try (Socket socket = open(at)) {
                send(socket, first + "garbage");
                isClosed(socket);
            }
        }
        assertThat(rig.counts.of("garbage")).isEqualTo(5);
        try (Socket socks = open(at)) {
            send(socks, "\5\1\0");
            assertThat(socks.getInputStream().readNBytes(2)).containsExactly(5, 0);
        }
        try (Socket http = open(at)) {
            send(http, "GET / HTTP/1.1\r\n");
            isClosed(http);
        }
        assertThat(rig.counts.of("garbage")).isEqualTo(5);
    }

    @Test
    void aPortThatIsTaken() {
        InetSocketAddress at = forward(InboundRig.settings());
        Throwable cause = new ListenerInbound(ListenerSettings.of("second", at, Policy.OPEN), s -> {}, rig.context)
                .start(rig.root).awaitUninterruptibly().cause();
        assertThat(cause).isInstanceOf(BindException.class).hasMessageContaining("127.0.0.1:" + at.getPort());
    }

    @Test
    void draining() throws IOException {
        InetSocketAddress at = forward(InboundRig.settings());
        try (Socket running = open(at)) {
            echoes(running);
            rig.root.drain(Duration.ofSeconds(20));
            await().until(() -> {
                try (Socket late = new Socket(at.getAddress(), at.getPort())) {
                    return false;
                } catch (IOException refused) {
                    return true;
                }
            });
            echoes(running);
        }
        rig.root.closeWhenEmpty();
        await().until(() -> rig.root.closed().isDone());
    }

    @Test
    void bytesPerSecond() throws IOException {
        InetSocketAddress at = rig.start(
                ListenerSettings.of("slow", new InetSocketAddress(InboundRig.LOOPBACK, 0), new Policy(true, 200_000)),
                new ForwardProtocol(rig.context.dispatcher(), Destination.parse(Network.TCP, "127.0.0.1:" + echo.port())));
        try (Socket socket = open(at)) {
            byte[] sent = new byte[100_000];
            new Random(1).nextBytes(sent);
            long begin = System.nanoTime();
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    socket.getOutputStream().write(sent);
                    socket.shutdownOutput();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
            long millis = (System.nanoTime() - begin) / 1_000_000;
            assertThat(millis).as("100 kB at 200 kB/s").isBetween(350L, 5_000L);
            assertThat(writer.isAlive()).isFalse();
        }
    }
}
