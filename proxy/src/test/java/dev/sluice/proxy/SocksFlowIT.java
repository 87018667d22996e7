package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.net.DialObserver;
import dev.sluice.net.DialOptions;
import dev.sluice.net.DirectDialer;
import dev.sluice.net.EventLoops;
import dev.sluice.net.OwnAddresses;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.Peer;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** UDP through a SOCKS5 relay, over real sockets. */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocksFlowIT {
    private static final Destination TARGET = Destination.of(Network.UDP, "target.example", 53);

    private final EventLoops loops = EventLoops.create();
    private final Scope dialing = Scope.root("dialer", loops.next());
    private final DirectOutbound direct = new DirectOutbound("direct",
            new DirectDialer(loops, new OwnAddresses(), dialing, DialOptions.DEFAULT, DialObserver.NONE));
    private final List<String> received = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable SocketAddress> client = new AtomicReference<>();
    private final AtomicReference<@Nullable Socket> control = new AtomicReference<>();
    private final AtomicReference<@Nullable DatagramSocket> relay = new AtomicReference<>();

    private OutboundBed bed = new OutboundBed(loops);
    private ScriptedServer server = new ScriptedServer(socket -> {});

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void begin() {
        server.close();
        received.clear();
        bed = new OutboundBed(loops);
    }

    @AfterEach
    void end() throws Exception {
        bed.close();
        server.close();
    }

    @AfterAll
    void closeLoops() throws Exception {
        dialing.close(CloseReason.shutdown("end")).get(5, TimeUnit.SECONDS);
        loops.close().get(10, TimeUnit.SECONDS);
    }

    private SocksOutbound proxy(ScriptedServer.Script script) {
        server = new ScriptedServer(script);
        return new SocksOutbound("far", OutboundBed.tcp(server.port()), null, direct);
    }

    /** A relay that sends every datagram back as it came: its header then names the target as the sender. */
    private SocksOutbound echoing() {
        return proxy(socket -> {
            control.set(socket);
            try (DatagramSocket udp = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
                relay.set(udp);
                socket.getInputStream().readNBytes(3);
                say(socket, "0500");
                assertThat(ByteBufUtil.hexDump(socket.getInputStream().readNBytes(10))).isEqualTo("05030001000000000000");
                Thread echo = Thread.ofVirtual().start(() -> echo(udp));
                say(socket, "05000001000000" + "00" + String.format("%04x", udp.getLocalPort()));
                ScriptedServer.silence(socket);
                echo.interrupt();
            }
        });
    }

    private void echo(DatagramSocket udp) {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                udp.receive(packet);
                client.set(packet.getSocketAddress());
                udp.send(packet);
            }
        } catch (IOException e) {
            // closed with the association
        }
    }

    private static void say(Socket socket, String hex) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.decodeHexDump(hex));
    }

    private PacketChannel open(SocksOutbound outbound, Connection connection) throws Exception {
        PacketChannel flow = bed.on(() -> outbound.associate(connection)).get(10, TimeUnit.SECONDS);
        bed.loop.submit(() -> flow.receive((source, payload) -> {
            received.add(source + " " + payload.toString(StandardCharsets.US_ASCII));
            payload.release();
        })).get(5, TimeUnit.SECONDS);
        return flow;
    }

    private boolean send(PacketChannel flow, Destination target, String text) throws Exception {
        return bed.loop.submit(() -> {
            boolean accepted = flow.send(target, Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
            flow.flush();
            return accepted;
        }).get(5, TimeUnit.SECONDS);
    }

    private long dropped(PacketChannel flow) throws Exception {
        return bed.loop.submit(flow::dropped).get(5, TimeUnit.SECONDS);
    }

    @Test
    void packetsGoThereAndBackWithTheirAddresses() throws Exception {
        PacketChannel flow = open(echoing(), bed.connection(TARGET));
        assertThat(send(flow, TARGET, "one")).isTrue();
        OutboundBed.await().until(() -> received.equals(List.of("target.example:53 one")));
        send(flow, Destination.of(Network.UDP, "2001:db8::1", 5353), "two");
        OutboundBed.await().until(() -> received.size() == 2);
        assertThat(received.getLast()).isEqualTo("[2001:db8::1]:5353 two");
    }

    @Test
    void whatDoesNotComeFromTheRelayOrHasNoGoodHeaderIsDropped() throws Exception {
        PacketChannel flow = open(echoing(), bed.connection(TARGET));
        send(flow, TARGET, "one");
        OutboundBed.await().until(() -> received.size() == 1);
        byte[] forged = ByteBufUtil.decodeHexDump("000000017f0000010035" + "6869");
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            stranger.send(new DatagramPacket(forged, forged.length, client.get()));
        }
        DatagramSocket own = Objects.requireNonNull(relay.get());
        for (String bad : List.of("00", "000001017f00000100356869", "000000050000", "000000017f0000010000")) {
            byte[] bytes = ByteBufUtil.decodeHexDump(bad);
            own.send(new DatagramPacket(bytes, bytes.length, client.get()));
        }
        own.send(new DatagramPacket(Arrays.copyOf(forged, forged.length), forged.length, client.get()));
        OutboundBed.await().until(() -> received.size() == 2);
        assertThat(received.getLast()).isEqualTo("127.0.0.1:53 hi");
        assertThat(dropped(flow)).isEqualTo(5);
    }

    @Test
    void endsWithItsControlStream() throws Exception {
        PacketChannel flow = open(echoing(), bed.connection(TARGET));
        Objects.requireNonNull(control.get()).close();
        assertThat(flow.closed().get(5, TimeUnit.SECONDS).kind()).isEqualTo(CloseReason.Kind.PEER_CLOSED);
    }

    @Test
    void endsItsControlStream() throws Exception {
        PacketChannel flow = open(echoing(), bed.connection(TARGET));
        flow.close(CloseReason.finished());
        OutboundBed.await().until(() -> server.ended() == 1);
    }

    @Test
    void endsWithItsScope() throws Exception {
        Connection connection = bed.connection(TARGET);
        PacketChannel flow = open(echoing(), connection);
        connection.scope().close(CloseReason.cancelled("client left")).get(5, TimeUnit.SECONDS);
        flow.closed().get(5, TimeUnit.SECONDS);
        OutboundBed.await().until(() -> server.ended() == 1);
    }

    @Test
    void privateTargetsAreNotSentToTheRelay() throws Exception {
        PacketChannel flow = open(echoing(), bed.connection(TARGET, Policy.PUBLIC_ONLY, OutboundBed.SOURCE));
        assertThat(send(flow, Destination.of(Network.UDP, "127.0.0.1", 53), "no")).isFalse();
        assertThat(send(flow, TARGET, "yes")).isTrue();
        OutboundBed.await().until(() -> received.equals(List.of("target.example:53 yes")));
    }

    @Test
    void aRelayOnPortZeroIsTheProxysFault() throws Exception {
        SocksOutbound far = proxy(socket -> {
            say(socket, "0500" + "05000001000000000000");
            ScriptedServer.silence(socket);
        });
        assertThat(OutboundBed.refused(bed.on(() -> far.associate(bed.connection(TARGET)))).failure())
                .isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        OutboundBed.await().until(() -> server.ended() == 1);
    }

    @Test
    void aServerWithoutUdpSaysSo() throws Exception {
        SocksOutbound far = proxy(socket -> say(socket, "0500" + "0507"));
        assertThat(OutboundBed.refused(bed.on(() -> far.associate(bed.connection(TARGET)))).failure())
                .isEqualTo(Failure.NOT_SUPPORTED);
    }

    @Test
    void cancellingLeavesNothing() throws Exception {
        SocksOutbound far = proxy(ScriptedServer::silence);
        Future<PacketChannel> flow = bed.on(() -> far.associate(bed.connection(TARGET)));
        OutboundBed.await().until(() -> server.connections() == 1);
        flow.cancel(false);
        OutboundBed.await().until(() -> server.ended() == 1);
    }

    @Test
    void singBoxRelaysOurPackets() throws Exception {
        String singBox = Peer.program("sing-box").toString();
        int port = Peer.freePort();
        Path conf = Files.writeString(directory.resolve("sing-box.json"), """
                {"log": {"level": "error"},
                 "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": %d}],
                 "outbounds": [{"type": "direct"}]}
                """.formatted(port));
        try (Peer peer = Peer.start(directory, port, singBox, "run", "-c", conf.toString());
                DatagramSocket echo = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> echo(echo));
            Destination target = Destination.of(Network.UDP, "127.0.0.1", echo.getLocalPort());
            SocksOutbound far = new SocksOutbound("far", OutboundBed.tcp(port), null, direct);
            PacketChannel flow = open(far, bed.connection(target));
            send(flow, target, "one");
            OutboundBed.await().until(() -> received.equals(List.of(target + " one")));
            PacketChannel twice = open(new SocksOutbound("chain", OutboundBed.tcp(port), null, far), bed.connection(target));
            send(twice, target, "two");
            OutboundBed.await().until(() -> received.size() == 2);
            assertThat(received.getLast()).isEqualTo(target + " two");
        }
    }
}
