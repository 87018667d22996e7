package dev.sluice.anytls;

import static dev.sluice.anytls.RawClient.FIN;
import static dev.sluice.anytls.RawClient.PSH;
import static dev.sluice.anytls.RawClient.SYNACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.anytls.uot.UotDatagrams;
import dev.sluice.anytls.uot.UotDatagrams.Datagram;
import dev.sluice.anytls.uot.UotDatagrams.Dialect;
import dev.sluice.anytls.uot.UotRequest;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.proxy.SocksOptions.UdpFilter;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UDP over TCP, as the server speaks it. */
class ServerUdpIT {
    private static final byte[] V2 = RawClient.name("sp.v2.udp-over-tcp.arpa", 0);

    private final ServerBed bed = new ServerBed();

    @AfterEach
    void close() {
        bed.close();
        assertThat(bed.counts.count("streams")).as("streams left").isZero();
    }

    /** A UDP socket that sends back what it gets; also, where asked, from a second socket. */
    static final class UdpEcho implements AutoCloseable {
        final DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"));
        final DatagramSocket other = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.2"));

        UdpEcho() throws IOException {
            socket.setReceiveBufferSize(1 << 20);
            Thread.ofVirtual().start(() -> {
                byte[] buffer = new byte[65_535];
                while (!socket.isClosed()) {
                    try {
                        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                        socket.receive(packet);
                        boolean both = new String(buffer, 0, packet.getLength(), StandardCharsets.US_ASCII).equals("both");
                        if (both) {
                            other.send(new DatagramPacket("other".getBytes(StandardCharsets.US_ASCII), 5,
                                    packet.getSocketAddress()));
                        }
                        socket.send(packet);
                    } catch (IOException e) {
                        // closed, or a datagram too large for the way back
                    }
                }
            });
        }

        Destination address() {
            return Destination.of(Network.UDP, "127.0.0.1", socket.getLocalPort());
        }

        @Override
        public void close() {
            socket.close();
            other.close();
        }
    }

    /** An association on stream 1. */
    private static final class Association {
        private final RawClient client;
        private final UotDatagrams datagrams;
        private final ByteBuf received = Unpooled.buffer();

        Association(RawClient client, UotDatagrams datagrams) {
            this.client = client;
            this.datagrams = datagrams;
        }

        Association send(Destination to, byte[] payload) throws IOException {
            ByteBuf out = Unpooled.buffer();
            datagrams.writeHeader(out, to, payload.length);
            out.writeBytes(payload);
            byte[] all = new byte[out.readableBytes()];
            out.readBytes(all);
            for (int at = 0; at < all.length; at += 60_000) {
                client.frame(PSH, 1, Arrays.copyOfRange(all, at, Math.min(all.length, at + 60_000)));
            }
            return this;
        }

        Association send(Destination to, String text) throws IOException {
            return send(to, text.getBytes(StandardCharsets.US_ASCII));
        }

        Datagram receive() throws IOException {
            while (true) {
                Datagram next = datagrams.read(received);
                if (next != null) {
                    return next;
                }
                received.writeBytes(client.expect(PSH, 1).data());
            }
        }

        String text() throws IOException {
            Datagram next = receive();
            return next.peer() + " " + next.payload().toString(StandardCharsets.US_ASCII);
        }
    }

    private static Association associate(RawClient client, Destination target, boolean connect, Dialect dialect)
            throws IOException {
        ByteBuf request = Unpooled.buffer();
        new UotRequest(connect, SocksAddress.of(target)).write(request);
        byte[] bytes = new byte[request.readableBytes()];
        request.readBytes(bytes);
        client.open(1, V2).frame(PSH, 1, bytes);
        client.expect(SYNACK, 1);
        return new Association(client, connect ? UotDatagrams.connected(target) : UotDatagrams.addressed(dialect));
    }

    @Test
    void packetsWithTheirAddressesInBothDialects() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            try (UdpEcho one = new UdpEcho(); UdpEcho two = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
                Association association = associate(client, one.address(), false, dialect);
                assertThat(association.send(one.address(), "ping").text()).isEqualTo(one.address() + " ping");
                assertThat(association.send(two.address(), "pong").text()).isEqualTo(two.address() + " pong");
                Destination name = Destination.of(Network.UDP, "localhost", one.address().port());
                assertThat(association.send(name, "name").text()).isEqualTo(one.address() + " name");
                assertThat(association.send(one.address(), "").text()).isEqualTo(one.address() + " ");
            }
        }
    }

    @Test
    void oneTargetAndNoAddresses() throws Exception {
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association association = associate(client, echo.address(), true, Dialect.SING);
            assertThat(association.send(echo.address(), "both").text()).endsWith(" both");
            assertThat(association.send(echo.address(), "next").text()).as("the other socket was filtered").endsWith(" next");
            client.frame(FIN, 1, "");
            await().untilAsserted(() -> assertThat(bed.ended).hasSize(1));
            assertThat(bed.ended.getFirst().what()).isEqualTo("AnyTLS UDP");
            assertThat(bed.ended.getFirst().up()).isEqualTo(8);
        }
    }

    @Test
    void version1HasNoRequest() throws Exception {
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.name("sp.udp-over-tcp.arpa", 0)).expect(SYNACK, 1);
            Association association = new Association(client, UotDatagrams.addressed(Dialect.SING));
            assertThat(association.send(echo.address(), "old").text()).isEqualTo(echo.address() + " old");
        }
    }

    @Test
    void fullConeTakesRepliesFromAnybodyAndTheUsualFilterDoesNot() throws Exception {
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association filtered = associate(client, echo.address(), false, Dialect.SING);
            assertThat(filtered.send(echo.address(), "both").text()).endsWith(" both");
            assertThat(bed.counts.count("filtered")).isEqualTo(1);
        }
        bed.options = bed.options.withUdp(UdpFilter.NONE, Duration.ofMinutes(5), Duration.ofSeconds(15));
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association open = associate(client, echo.address(), false, Dialect.SING);
            String first = open.send(echo.address(), "both").text();
            assertThat(java.util.List.of(first, open.text())).contains("127.0.0.2:" + echo.other.getLocalPort() + " other",
                    echo.address() + " both");
        }
    }

    @Test
    void theLargestDatagramGoesBothWays() throws Exception {
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association association = associate(client, echo.address(), false, Dialect.SING);
            byte[] large = new byte[65_507];
            new java.util.Random(2).nextBytes(large);
            Datagram back = association.send(echo.address(), large).receive();
            byte[] got = new byte[back.payload().readableBytes()];
            back.payload().readBytes(got);
            assertThat(got).isEqualTo(large);
        }
    }

    @Test
    void whatCannotBeReadEndsTheStreamAndIdleOnesEnd() throws Exception {
        bed.options = bed.options.withUdp(UdpFilter.ADDRESS, Duration.ofMillis(300), Duration.ofMillis(300));
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association association = associate(client, echo.address(), false, Dialect.SING);
            association.send(echo.address(), "x").text();
            client.frame(PSH, 1, new byte[]{9, 9, 9});
            client.expect(FIN, 1);
        }
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            associate(client, echo.address(), false, Dialect.SING);
            client.expect(FIN, 1);
        }
    }

    @Test
    void privateAddressesAreForThoseWhoMay() throws Exception {
        bed.policy = Policy.PUBLIC_ONLY;
        try (UdpEcho echo = new UdpEcho(); RawClient client = RawClient.session(bed.start())) {
            Association association = associate(client, echo.address(), false, Dialect.SING);
            association.send(echo.address(), "ping");
            await().untilAsserted(() -> assertThat(bed.counts.count("queue")).isEqualTo(1));
        }
    }
}
