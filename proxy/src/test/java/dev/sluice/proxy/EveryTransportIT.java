package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.http.HttpEngine;
import dev.sluice.http.HttpLimits;
import dev.sluice.net.DialObserver;
import dev.sluice.net.DialOptions;
import dev.sluice.net.DirectDialer;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import dev.sluice.proxy.socks.SocksUdp;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The core of what the mixed inbound does, over each transport; the other tests run on the default one. */
@ParameterizedClass
@EnumSource(Transport.class)
@SuppressWarnings("NullAway.Init")
class EveryTransportIT {
    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @Parameter
    Transport transport;

    private InboundRig rig;
    private InboundRig.Echo echo;
    private InetSocketAddress proxy;

    @BeforeEach
    void start() {
        Throwable why = EventLoops.unavailable(transport);
        Assumptions.assumeTrue(why == null, () -> "skipped: " + transport + " does not work here: " + why);
        rig = new InboundRig(transport);
        echo = new InboundRig.Echo();
        proxy = mixed(InboundRig.settings());
    }

    @AfterEach
    void stop() throws IOException {
        if (rig != null) {
            await().untilAsserted(() -> assertThat(rig.table.size()).isZero());
            rig.close();
            echo.close();
        }
    }

    private InetSocketAddress mixed(ListenerSettings settings) {
        return rig.start(settings,
                new MixedProtocol(new HttpProtocol(new HttpEngine(rig.root, HttpLimits.DEFAULT), rig.context.dispatcher()),
                        new SocksProtocol(rig.context, SocksOptions.DEFAULT)));
    }

    private static Socket open(InetSocketAddress at) throws IOException {
        Socket socket = new Socket(at.getAddress(), at.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static String take(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.ISO_8859_1);
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

    private String connect() {
        return "CONNECT 127.0.0.1:" + echo.port() + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private byte[] socks() {
        return new byte[]{5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (echo.port() >> 8), (byte) echo.port()};
    }

    @Test
    void connectWithEarlyBytesAndHalfClose() throws IOException {
        try (Socket client = open(proxy)) {
            say(client, connect() + "early");
            client.shutdownOutput();
            assertThat(head(client)).startsWith("HTTP/1.1 200");
            assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1)).isEqualTo("early");
        }
        await().untilAsserted(() -> assertThat(rig.ended).singleElement()
                .satisfies(line -> assertThat(line.reason().kind()).isEqualTo(Kind.FINISHED)));
    }

    @Test
    void socksWithALargeEcho() throws Exception {
        try (Socket client = open(proxy)) {
            client.getOutputStream().write(socks());
            assertThat(client.getInputStream().readNBytes(12)).startsWith(5, 0, 5, 0);
            byte[] bytes = new byte[3 << 20];
            new java.util.Random(1).nextBytes(bytes);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    client.getOutputStream().write(bytes);
                    client.shutdownOutput();
                } catch (IOException e) {
                    // the reader finds out
                }
            });
            assertThat(client.getInputStream().readAllBytes()).isEqualTo(bytes);
            writer.join();
        }
    }

    @Test
    void failuresAreTold() throws IOException {
        rig.fail(Failure.REFUSED);
        try (Socket http = open(proxy); Socket socks = open(proxy)) {
            say(http, connect());
            assertThat(head(http)).startsWith("HTTP/1.1 502");
            socks.getOutputStream().write(socks());
            assertThat(socks.getInputStream().readNBytes(4)).startsWith(5, 0, 5, 5);
        }
    }

    @Test
    void garbageAndThoseWhoLeaveEndAtOnce() throws IOException {
        try (Socket client = open(proxy)) {
            client.getOutputStream().write(new byte[]{0x7f, 1, 2});
            assertThat(toEnd(client)).isEmpty();
        }
        rig.blackHole();
        try (Socket client = open(proxy)) {
            say(client, connect());
            await().until(() -> rig.dialled.size() == 1);
            client.setSoLinger(true, 0);
        }
        await().untilAsserted(() -> assertThat(rig.counts.of("dial-cancelled")).isEqualTo(1));
    }

    private static byte[] toEnd(Socket socket) throws IOException {
        try {
            return socket.getInputStream().readAllBytes();
        } catch (SocketException reset) {
            return new byte[0];
        }
    }

    @Test
    void aResetOfTheTargetIsAResetForTheClient() throws IOException {
        try (Socket client = open(proxy)) {
            say(client, connect());
            head(client);
            say(client, "x");
            assertThat(take(client, 1)).isEqualTo("x");
            Socket target = echo.accepted.getFirst();
            target.setSoLinger(true, 0);
            target.close();
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void plainRequestsOnOneConnection() throws IOException {
        try (Socket client = open(proxy)) {
            for (int i = 0; i < 3; i++) { // the echo's "answer" is no HTTP: a fault of the origin, told as such
                say(client, "GET http://127.0.0.1:" + echo.port() + "/" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
                String head = head(client);
                assertThat(head).startsWith("HTTP/1.1 502");
                take(client, Integer.parseInt(head.replaceAll("(?s).*content-length: (\\d+).*", "$1")));
            }
        }
    }

    @Test
    void packetsOfAnAssociation() throws IOException {
        DirectDialer dialer = new DirectDialer(rig.loops, rig.context.own(), rig.root, DialOptions.DEFAULT, DialObserver.NONE);
        rig.associate.set(dialer::associate);
        try (Socket tcp = open(proxy);
                DatagramSocket udp = new DatagramSocket(new InetSocketAddress(InboundRig.LOOPBACK, 0));
                DatagramSocket target = new DatagramSocket(new InetSocketAddress(InboundRig.LOOPBACK, 0))) {
            udp.setSoTimeout(5_000);
            target.setSoTimeout(5_000);
            tcp.getOutputStream().write(new byte[]{5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            byte[] reply = tcp.getInputStream().readNBytes(12);
            InetSocketAddress relay = new InetSocketAddress(InboundRig.LOOPBACK, ((reply[10] & 0xff) << 8) | (reply[11] & 0xff));
            ByteBuf datagram = Unpooled.buffer();
            SocksUdp.writeHeader(datagram,
                    Destination.of(Network.UDP, new InetSocketAddress(InboundRig.LOOPBACK, target.getLocalPort())));
            datagram.writeCharSequence("ping", StandardCharsets.US_ASCII);
            udp.send(new DatagramPacket(datagram.array(), 0, datagram.readableBytes(), relay));
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            target.receive(packet);
            assertThat(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII)).isEqualTo("ping");
            target.send(new DatagramPacket(new byte[]{1, 2, 3}, 3, packet.getSocketAddress()));
            packet.setLength(100);
            udp.receive(packet);
            assertThat(packet.getLength()).isEqualTo(datagram.readableBytes() - 4 + 3);
        }
    }

    @Test
    void aRateHoldsBothDirections() throws IOException {
        Policy slow = new Policy(true, 200_000);
        InetSocketAddress limited = rig.socks(ListenerSettings.of("slow", new InetSocketAddress(InboundRig.LOOPBACK, 0), slow));
        try (Socket client = open(limited)) {
            client.getOutputStream().write(socks());
            client.getInputStream().readNBytes(12);
            long began = System.nanoTime();
            client.getOutputStream().write(new byte[300_000]);
            client.getInputStream().readNBytes(300_000);
            // One burst passes at once, the rest is paid for; only the lower bound is a promise.
            assertThat(System.nanoTime() - began).isGreaterThan(200_000_000);
        }
    }
}
