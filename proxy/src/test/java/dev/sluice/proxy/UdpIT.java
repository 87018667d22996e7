package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.net.DialObserver;
import dev.sluice.net.DialOptions;
import dev.sluice.net.DirectDialer;
import dev.sluice.proxy.SocksOptions.UdpFilter;
import dev.sluice.proxy.socks.SocksUdp;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SOCKS associations and forwarded UDP ports over real sockets. */
class UdpIT {
    private static final InetAddress LOOPBACK6 = InetAddress.ofLiteral("::1");

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();
    @RegisterExtension
    final LogWatch logs = new LogWatch();

    private final InboundRig rig = new InboundRig();
    private final List<DatagramSocket> sockets = new ArrayList<>();

    @BeforeEach
    void direct() {
        DirectDialer dialer = new DirectDialer(rig.loops, rig.context.own(), rig.root, DialOptions.DEFAULT, DialObserver.NONE);
        rig.associate.set(dialer::associate);
    }

    @AfterEach
    void close() {
        rig.close();
        sockets.forEach(DatagramSocket::close);
    }

    private DatagramSocket udp(InetAddress address) throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, 0));
        socket.setSoTimeout(5_000);
        sockets.add(socket);
        return socket;
    }

    /** Answers each datagram with itself. */
    private DatagramSocket echo(InetAddress address) throws IOException {
        DatagramSocket socket = udp(address);
        socket.setSoTimeout(0);
        Thread.ofVirtual().start(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            try {
                while (true) {
                    socket.receive(packet);
                    socket.send(packet);
                }
            } catch (IOException e) {
                // closed
            }
        });
        return socket;
    }

    private static Destination at(InetAddress address, int port) {
        return Destination.of(Network.UDP, new InetSocketAddress(address, port));
    }

    /** One association: its TCP connection, and the client's UDP socket. */
    private final class Association implements AutoCloseable {
        private final Socket tcp;
        private final DatagramSocket udp;
        private final InetSocketAddress relay;

        private Association(InetSocketAddress server) throws IOException {
            tcp = new Socket(server.getAddress(), server.getPort());
            tcp.setSoTimeout(5_000);
            tcp.getOutputStream().write(new byte[]{5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0});
            byte[] reply = tcp.getInputStream().readNBytes(12);
            assertThat(reply).startsWith(5, 0, 5, 0, 0, 1, 127, 0, 0, 1);
            relay = new InetSocketAddress(InboundRig.LOOPBACK, ((reply[10] & 0xff) << 8) | (reply[11] & 0xff));
            udp = udp(InboundRig.LOOPBACK);
        }

        private void send(Destination target, String payload) throws IOException {
            ByteBuf datagram = Unpooled.buffer();
            SocksUdp.writeHeader(datagram, target);
            datagram.writeCharSequence(payload, StandardCharsets.US_ASCII);
            sendRaw(udp, datagram.array(), datagram.readableBytes());
        }

        private void sendRaw(DatagramSocket from, byte[] bytes, int length) throws IOException {
            from.send(new DatagramPacket(bytes, length, relay));
        }

        /** {@code source payload} of the next reply. */
        private String receive() throws IOException {
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            udp.receive(packet);
            ByteBuf datagram = Unpooled.wrappedBuffer(packet.getData(), 0, packet.getLength());
            Destination source = SocksUdp.readHeader(datagram);
            return source + " " + datagram.toString(StandardCharsets.US_ASCII);
        }

        @Override
        public void close() throws IOException {
            tcp.close();
        }
    }

    @Test
    void addressesAndNames() throws IOException {
        DatagramSocket four = echo(InboundRig.LOOPBACK);
        DatagramSocket six = echo(LOOPBACK6);
        InetSocketAddress server = rig.socks(InboundRig.settings());
        try (Association association = new Association(server)) {
            association.send(at(InboundRig.LOOPBACK, four.getLocalPort()), "one");
            assertThat(association.receive()).isEqualTo("127.0.0.1:" + four.getLocalPort() + " one");
            association.send(at(LOOPBACK6, six.getLocalPort()), "two");
            assertThat(association.receive()).isEqualTo("[::1]:" + six.getLocalPort() + " two");
            association.send(Destination.of(Network.UDP, "localhost", four.getLocalPort()), "three");
            assertThat(association.receive()).isEqualTo("127.0.0.1:" + four.getLocalPort() + " three");
        }
        await().until(() -> rig.ended.size() == 1 && rig.table.size() == 0);
        assertThat(rig.ended.getFirst().reason().kind()).isEqualTo(Kind.FINISHED);
        assertThat(rig.ended.getFirst().up()).isEqualTo(11);
        assertThat(rig.ended.getFirst().down()).isEqualTo(11);
        assertThat(rig.counts.of("flow-ended")).isEqualTo(1);
    }

    @Test
    void packetsWithoutPayload() throws IOException {
        DatagramSocket target = echo(InboundRig.LOOPBACK);
        try (Association association = new Association(rig.socks(InboundRig.settings()))) {
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "");
            assertThat(association.receive()).isEqualTo("127.0.0.1:" + target.getLocalPort() + " ");
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "more");
            assertThat(association.receive()).endsWith(" more");
        }
        InetSocketAddress forwarded = forward(target, 10, Duration.ofMinutes(5));
        DatagramSocket client = udp(InboundRig.LOOPBACK);
        assertThat(ask(client, forwarded, "")).isEmpty();
        assertThat(ask(client, forwarded, "more")).isEqualTo("more");
        assertThat(rig.counts.of("queue")).isZero();
    }

    @Test
    void aNameOnlyLetsInWhatItLedTo() throws IOException {
        DatagramSocket four = echo(InboundRig.LOOPBACK);
        try (Association association = new Association(rig.socks(InboundRig.settings()))) {
            association.send(Destination.of(Network.UDP, "localhost", four.getLocalPort()), "by name");
            assertThat(association.receive()).isEqualTo("127.0.0.1:" + four.getLocalPort() + " by name");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void repliesFromElsewhere(boolean filtered) throws IOException {
        DatagramSocket target = udp(InboundRig.LOOPBACK);
        DatagramSocket stranger = udp(InetAddress.ofLiteral("127.0.0.2"));
        DatagramSocket neighbour = udp(InboundRig.LOOPBACK);
        SocksOptions options = new SocksOptions(filtered ? UdpFilter.ADDRESS : UdpFilter.NONE, Duration.ofMinutes(1),
                Duration.ofSeconds(15));
        InetSocketAddress server = rig.start(InboundRig.settings(), new SocksProtocol(rig.context, options));
        try (Association association = new Association(server)) {
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "hello");
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            target.receive(packet);
            stranger.send(new DatagramPacket(new byte[]{'x'}, 1, InboundRig.LOOPBACK, packet.getPort()));
            if (filtered) {
                await().until(() -> rig.counts.of("filtered") == 1);
            } else {
                assertThat(association.receive()).isEqualTo("127.0.0.2:" + stranger.getLocalPort() + " x");
            }
            neighbour.send(new DatagramPacket(new byte[]{'y'}, 1, InboundRig.LOOPBACK, packet.getPort()));
            assertThat(association.receive()).isEqualTo("127.0.0.1:" + neighbour.getLocalPort() + " y");
        }
    }

    @Test
    void whatIsNotTheClientsIsDropped() throws IOException {
        DatagramSocket target = echo(InboundRig.LOOPBACK);
        try (Association association = new Association(rig.socks(InboundRig.settings()))) {
            association.sendRaw(association.udp, new byte[]{0, 0, 1, 1, 127, 0, 0, 1, 0, 9, 'f'}, 11); // a fragment
            association.sendRaw(association.udp, new byte[]{0, 0, 0, 9, 1}, 5);
            association.sendRaw(association.udp, new byte[]{0}, 1);
            association.sendRaw(association.udp, new byte[]{0, 0, 0, 1, 127, 0, 0, 1, 0, 0, 'p'}, 11); // port 0
            await().until(() -> rig.counts.of("fragment") == 1 && rig.counts.of("malformed") == 3);
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "mine");
            assertThat(association.receive()).endsWith("mine");
            DatagramSocket foreign = udp(InetAddress.ofLiteral("127.0.0.2"));
            association.sendRaw(foreign, new byte[]{0, 0, 0, 1, 127, 0, 0, 1, 0, 9, 'f'}, 11);
            DatagramSocket otherPort = udp(InboundRig.LOOPBACK);
            association.sendRaw(otherPort, new byte[]{0, 0, 0, 1, 127, 0, 0, 1, 0, 9, 'f'}, 11);
            await().until(() -> rig.counts.of("foreign") == 2);
            assertThat(rig.dialled).hasSize(1);
        }
    }

    @Test
    void theAssociationEndsWithItsConnection() throws IOException {
        DatagramSocket target = echo(InboundRig.LOOPBACK);
        try (Association association = new Association(rig.socks(InboundRig.settings()))) {
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "one");
            association.receive();
            association.tcp.shutdownOutput();
            assertThat(association.tcp.getInputStream().read()).isEqualTo(-1);
            await().until(() -> rig.table.size() == 0);
            association.send(at(InboundRig.LOOPBACK, target.getLocalPort()), "two");
            association.udp.setSoTimeout(100);
            assertThatThrownBy(association::receive).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anIdleAssociationEnds() throws IOException {
        SocksOptions options = new SocksOptions(UdpFilter.ADDRESS, Duration.ofMillis(200), Duration.ofMillis(100));
        try (Association association = new Association(
                rig.start(InboundRig.settings().withHandshake(Duration.ofMillis(150)),
                        new SocksProtocol(rig.context, options)))) {
            assertThat(association.tcp.getInputStream().read()).isEqualTo(-1);
            assertThat(rig.counts.of("handshake-timeout")).isZero();
        }
    }

    private InetSocketAddress forward(DatagramSocket target, int flows, Duration idle) {
        UdpForwardSettings settings = UdpForwardSettings.of("dns", new InetSocketAddress(InboundRig.LOOPBACK, 0),
                at(InboundRig.LOOPBACK, target.getLocalPort()));
        settings = new UdpForwardSettings(settings.name(), settings.listen(), settings.target(), settings.allowFrom(),
                settings.policy(), flows, idle);
        return new UdpForwardInbound(settings, rig.context).start(rig.root).syncUninterruptibly().getNow().getFirst();
    }

    private static String ask(DatagramSocket client, InetSocketAddress at, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        client.send(new DatagramPacket(bytes, bytes.length, at));
        DatagramPacket reply = new DatagramPacket(new byte[1000], 1000);
        client.receive(reply);
        assertThat(reply.getSocketAddress()).isEqualTo(at);
        return new String(reply.getData(), 0, reply.getLength(), StandardCharsets.US_ASCII);
    }

    @Test
    void aForwardedPort() throws IOException {
        InetSocketAddress at = forward(echo(InboundRig.LOOPBACK), 10, Duration.ofMinutes(5));
        DatagramSocket one = udp(InboundRig.LOOPBACK);
        DatagramSocket two = udp(InboundRig.LOOPBACK);
        assertThat(ask(one, at, "one")).isEqualTo("one");
        assertThat(ask(two, at, "two")).isEqualTo("two");
        assertThat(ask(one, at, "again")).isEqualTo("again");
        assertThat(rig.dialled).hasSize(2);
        assertThat(rig.table.size()).isEqualTo(2);
        rig.root.close(CloseReason.shutdown("over")).syncUninterruptibly();
        assertThat(rig.ended).hasSize(2).allMatch(e -> e.what().equals("udp"));
    }

    @Test
    void theFlowThatIsIdleForLongestMakesRoom() throws IOException {
        InetSocketAddress at = forward(echo(InboundRig.LOOPBACK), 2, Duration.ofMinutes(5));
        DatagramSocket one = udp(InboundRig.LOOPBACK);
        DatagramSocket two = udp(InboundRig.LOOPBACK);
        ask(one, at, "one");
        ask(two, at, "two");
        ask(one, at, "one");
        ask(udp(InboundRig.LOOPBACK), at, "three");
        await().until(() -> rig.counts.of("flow-evicted") == 1 && rig.table.size() == 2);
        assertThat(rig.ended.getFirst().connection().source().getPort()).isEqualTo(two.getLocalPort());
        assertThat(rig.ended.getFirst().reason().kind()).isEqualTo(Kind.LIMIT);
    }

    @Test
    void anIdleFlowEnds() throws IOException {
        InetSocketAddress at = forward(echo(InboundRig.LOOPBACK), 10, Duration.ofMillis(200));
        ask(udp(InboundRig.LOOPBACK), at, "one");
        await().until(() -> rig.ended.size() == 1 && rig.table.size() == 0);
        assertThat(rig.ended.getFirst().reason().kind()).isEqualTo(Kind.IDLE);
    }

    @Test
    void aTargetThatIsNotThereEndsNothing() throws IOException {
        DatagramSocket gone = udp(InboundRig.LOOPBACK);
        InetSocketAddress at = forward(gone, 10, Duration.ofMinutes(5));
        gone.close();
        DatagramSocket client = udp(InboundRig.LOOPBACK);
        client.setSoTimeout(100);
        assertThatThrownBy(() -> ask(client, at, "one")).isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> ask(client, at, "two")).isInstanceOf(SocketTimeoutException.class);
        assertThat(rig.dialled).hasSize(1);
    }
}
