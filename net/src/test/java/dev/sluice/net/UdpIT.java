package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.DnsServer.Reply;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class UdpIT {
    private final EventLoops loops;
    private final EventLoop loop;
    private final Scope server;
    private final OwnAddresses own = new OwnAddresses();
    private final DnsServer dns = new DnsServer();
    private final DatagramSocket peer = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    private final Queue<String> got = new ConcurrentLinkedQueue<>();
    private DialOptions options = new DialOptions(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofMillis(500),
            List.of(dns.address()), null, null);

    UdpIT(Transport transport) throws IOException {
        Transports.assumeAvailable(transport);
        loops = EventLoops.create(transport, 1);
        loop = loops.next();
        server = Scope.root("server", loop);
        peer.setSoTimeout(5000);
    }

    @AfterEach
    void close() throws Exception {
        server.close(CloseReason.shutdown("test")).awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(server.closed().isDone()).isTrue();
        loops.close();
        dns.close();
        peer.close();
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        return loop.submit(task).get(5, TimeUnit.SECONDS);
    }

    private PacketChannel flow(Policy policy) throws Exception {
        Connection connection = new Connection(ConnectionId.next(), "test", null, new InetSocketAddress(0),
                Destination.of(Network.UDP, "192.0.2.1", 53), policy, server.child("connection", loop), new Traffic(List.of()));
        PacketChannel flow = new DirectDialer(loops, own, server, options, DialObserver.NONE).associate(connection).get(5,
                TimeUnit.SECONDS);
        onLoop(() -> {
            flow.receive((source, payload) -> {
                got.add(source + " " + payload.toString(StandardCharsets.US_ASCII));
                payload.release();
            });
            return true;
        });
        return flow;
    }

    private boolean send(PacketChannel flow, String host, int port, String text) throws Exception {
        return onLoop(() -> {
            boolean accepted = flow.send(Destination.of(Network.UDP, host, port),
                    Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
            flow.flush();
            return accepted;
        });
    }

    private DatagramPacket receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[70_000], 70_000);
        peer.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
    }

    @Test
    void packetsGoBothWays() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        assertThat(send(flow, "127.0.0.1", peer.getLocalPort(), "ping")).isTrue();
        DatagramPacket packet = receive();
        assertThat(text(packet)).isEqualTo("ping");
        peer.send(new DatagramPacket("pong".getBytes(StandardCharsets.US_ASCII), 4, packet.getSocketAddress()));
        await().untilAsserted(() -> assertThat(got).containsExactly("127.0.0.1:" + peer.getLocalPort() + " pong"));
    }

    @Test
    void largePacketsPass() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        byte[] large = new byte[60_000];
        new Random(1).nextBytes(large);
        Destination target = Destination.of(Network.UDP, "127.0.0.1", peer.getLocalPort());
        onLoop(() -> {
            assertThat(flow.send(target, Unpooled.copiedBuffer(large))).isTrue();
            flow.flush();
            return true;
        });
        DatagramPacket back = receive();
        assertThat(back.getLength()).isEqualTo(large.length);
        Queue<Integer> sizes = new ConcurrentLinkedQueue<>();
        UdpSocket socket = UdpSocket.open(loops, server, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                (sender, payload) -> {
                    sizes.add(payload.readableBytes());
                    assertThat(ByteBufUtil.getBytes(payload)).isEqualTo(large);
                    payload.release();
                }).get(5, TimeUnit.SECONDS);
        peer.send(new DatagramPacket(large, large.length, socket.address()));
        await().untilAsserted(() -> assertThat(sizes).containsExactly(large.length));
    }

    @Test
    void emptyPacketsGoBothWaysInTheirPlace() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        Destination target = Destination.of(Network.UDP, "127.0.0.1", peer.getLocalPort());
        List<String> sent = List.of("", "one", "", "", "two", "");
        onLoop(() -> {
            for (String text : sent) {
                assertThat(flow.send(target, Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII))).isTrue();
            }
            flow.flush();
            return true;
        });
        for (String text : sent) {
            assertThat(text(receive())).isEqualTo(text);
        }
        send(flow, "127.0.0.1", peer.getLocalPort(), "where from");
        DatagramPacket last = receive();
        for (String text : sent) {
            peer.send(new DatagramPacket(text.getBytes(StandardCharsets.US_ASCII), text.length(), last.getSocketAddress()));
        }
        await().untilAsserted(() -> assertThat(got)
                .containsExactlyElementsOf(sent.stream().map(text -> "127.0.0.1:" + peer.getLocalPort() + " " + text).toList()));
        assertThat(onLoop(flow::dropped)).isZero();
    }

    @Test
    void anEmptyPacketThatCannotBeSentIsCounted() throws Exception {
        UdpSocket socket = UdpSocket.open(loops, server, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                (sender, payload) -> payload.release()).get(5, TimeUnit.SECONDS);
        onLoop(() -> {
            socket.send(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 9), Unpooled.buffer()); // not from a loopback address
            socket.send(InetSocketAddress.createUnresolved("unresolved.test", 9), Unpooled.buffer());
            socket.flush();
            return true;
        });
        await().until(() -> onLoop(socket::dropped) == 2);
        server.close(CloseReason.cancelled("test")).get(5, TimeUnit.SECONDS);
        assertThat(onLoop(() -> socket.send((InetSocketAddress) peer.getLocalSocketAddress(), Unpooled.buffer()))).isFalse();
        assertThat(onLoop(socket::dropped)).isEqualTo(3);
    }

    @Test
    void packetsWaitForTheirName() throws Exception {
        options = new DialOptions(options.connect(), options.total(), Duration.ofSeconds(5), options.servers(), null, null);
        dns.on("slow.test", DnsServer.A, Reply.addresses("127.0.0.1").after(150)).on("slow.test", DnsServer.AAAA, Reply.EMPTY);
        PacketChannel flow = flow(Policy.OPEN);
        for (int i = 0; i < 20; i++) {
            assertThat(send(flow, "slow.test", peer.getLocalPort(), "n" + i)).isEqualTo(i < 16);
        }
        for (int i = 0; i < 16; i++) {
            assertThat(text(receive())).isEqualTo("n" + i);
        }
        assertThat(send(flow, "slow.test", peer.getLocalPort(), "later")).isTrue();
        assertThat(text(receive())).isEqualTo("later");
        assertThat(onLoop(flow::dropped)).isEqualTo(4);
        assertThat(dns.questions()).filteredOn("slow.test/1/udp"::equals).hasSize(1);
    }

    @Test
    void packetsToAMissingNameAreDropped() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        assertThat(send(flow, "missing.test", 53, "x")).isTrue();
        await().until(() -> onLoop(flow::dropped) == 1);
    }

    @Test
    void packetsThatWaitAreReleasedWhenTheFlowCloses() throws Exception {
        dns.on("hang.test", Reply.SILENCE);
        PacketChannel flow = flow(Policy.OPEN);
        assertThat(send(flow, "hang.test", 53, "x")).isTrue();
        flow.close(CloseReason.cancelled("test"));
        assertThat(flow.closed().get(5, TimeUnit.SECONDS).kind()).isEqualTo(Kind.CANCELLED);
        assertThat(onLoop(flow::dropped)).isEqualTo(1);
        assertThat(send(flow, "127.0.0.1", peer.getLocalPort(), "x")).as("closed").isFalse();
        assertThat(send(flow, "hang.test", 53, "x")).as("closed").isFalse();
    }

    @Test
    void thePolicyHoldsForEveryPacket() throws Exception {
        dns.on("inside.test", DnsServer.A, Reply.addresses("127.0.0.1")).on("inside.test", DnsServer.AAAA, Reply.EMPTY);
        PacketChannel flow = flow(Policy.PUBLIC_ONLY);
        assertThat(send(flow, "127.0.0.1", peer.getLocalPort(), "x")).isFalse();
        assertThat(send(flow, "::1", peer.getLocalPort(), "x")).isFalse();
        send(flow, "inside.test", peer.getLocalPort(), "x");
        await().until(() -> onLoop(flow::dropped) == 3);
    }

    @Test
    void ownListenersAreNoTarget() throws Exception {
        UdpSocket listener = UdpSocket
                .listen(loops, own, server, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        (sender, payload) -> payload.release())
                .get(5, TimeUnit.SECONDS);
        PacketChannel flow = flow(Policy.OPEN);
        await().until(() -> own.contains(Network.UDP, listener.address()));
        assertThat(send(flow, "127.0.0.1", listener.address().getPort(), "x")).isFalse();
    }

    @Test
    void anUnreachablePortDoesNotEndTheFlow() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        int closed;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        for (int i = 0; i < 5; i++) {
            send(flow, "127.0.0.1", closed, "x");
        }
        send(flow, "127.0.0.1", peer.getLocalPort(), "alive");
        assertThat(text(receive())).isEqualTo("alive");
        assertThat(flow.closed().isDone()).isFalse();
    }

    @Test
    void bindsTheSourceAddress() throws Exception {
        options = options.withSource((Inet4Address) InetAddress.ofLiteral("127.0.0.5"), null);
        PacketChannel flow = flow(Policy.OPEN);
        send(flow, "127.0.0.1", peer.getLocalPort(), "x");
        assertThat(receive().getAddress().getHostAddress()).isEqualTo("127.0.0.5");
        assertThat(send(flow, "::1", peer.getLocalPort(), "x")).as("no socket for IPv6").isFalse();
    }

    @Test
    void aTakenAddressIsNamed() throws Exception {
        InetSocketAddress taken = (InetSocketAddress) peer.getLocalSocketAddress();
        Future<UdpSocket> bound = UdpSocket.listen(loops, own, server, taken, (sender, payload) -> payload.release());
        bound.awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(bound.cause()).isInstanceOf(BindException.class)
                .hasMessage("127.0.0.1:" + taken.getPort() + ": address already in use");
    }

    @Test
    void theQueueIsBounded() throws Exception {
        PacketChannel flow = flow(Policy.OPEN);
        Destination target = Destination.of(Network.UDP, "127.0.0.1", peer.getLocalPort());
        assertThat(onLoop(() -> {
            for (int i = 0; i < 5_000; i++) {
                flow.send(target, Unpooled.wrappedBuffer(new byte[1_000]));
            }
            flow.flush();
            return flow.closed().isDone();
        })).isFalse();
        assertThat(receive().getLength()).isEqualTo(1_000);
    }
}
