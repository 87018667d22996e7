package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.DnsServer.Reply;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class DirectDialerIT {
    /** Documentation addresses (RFC 5737, RFC 3849): nothing answers there. */
    private static final String NOWHERE = "203.0.113.9";

    private final EventLoops loops;
    private final EventLoop loop;
    private final Scope server;
    private final OwnAddresses own = new OwnAddresses();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final DialObserver observer = new DialObserver() {
        @Override
        public void dialled(Destination destination, Duration took, @Nullable Failure failure) {
            heard.add(destination + " " + failure);
        }

        @Override
        public void resolved(String name, Duration took, @Nullable Failure failure) {
            heard.add(name + " " + failure);
        }
    };
    private final DnsServer dns = new DnsServer();
    private final ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private DialOptions options = new DialOptions(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofMillis(600),
            List.of(dns.address()), null, null);

    DirectDialerIT(Transport transport) throws IOException {
        Transports.assumeAvailable(transport);
        loops = EventLoops.create(transport, 2);
        loop = loops.next();
        server = Scope.root("server", loop);
    }

    @BeforeEach
    void warm() throws Exception {
        dial("127.0.0.1", target.getLocalPort()).get(5, TimeUnit.SECONDS).close().get(5, TimeUnit.SECONDS); // classes, pipes, timers: they have descriptors, too
    }

    @AfterEach
    void close() throws Exception {
        server.close(CloseReason.shutdown("test")).awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(server.closed().isDone()).isTrue();
        loops.close();
        dns.close();
        target.close();
    }

    private Connection connection(String host, int port, Policy policy) {
        return new Connection(ConnectionId.next(), "test", null, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                Destination.of(Network.TCP, host, port), policy, server.child("connection", loop), new Traffic(List.of()));
    }

    private DirectDialer dialer() {
        return new DirectDialer(loops, own, server, options, observer);
    }

    private Future<Channel> dial(String host, int port) {
        return dialer().connect(connection(host, port, Policy.OPEN));
    }

    private static ConnectFailedException failure(Future<Channel> dial) {
        assertThat(dial.awaitUninterruptibly(10, TimeUnit.SECONDS)).isTrue();
        assertThat(dial.cause()).isInstanceOf(ConnectFailedException.class);
        return (ConnectFailedException) dial.cause();
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    @Test
    void handsOverAHeldChannelOnTheConnectionsLoop() throws Exception {
        Channel channel = dial("127.0.0.1", target.getLocalPort()).get(5, TimeUnit.SECONDS);
        assertThat(channel.isActive()).isTrue();
        assertThat(channel.eventLoop()).isEqualTo(loop);
        assertThat(channel.config().isAutoRead()).isFalse();
        assertThat(channel.pipeline().get(ReadHold.class)).isNotNull();
        channel.close().sync();
    }

    @Test
    void aChannelNobodyHasTakenOverClosesWithItsScope() throws Exception {
        Connection connection = connection("127.0.0.1", target.getLocalPort(), Policy.OPEN);
        Channel channel = dialer().connect(connection).get(5, TimeUnit.SECONDS);
        connection.scope().close(CloseReason.cancelled("test")).sync();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void aChannelTakenOverBelongsToItsSuccessor() throws Exception {
        Connection connection = connection("127.0.0.1", target.getLocalPort(), Policy.OPEN);
        Channel channel = dialer().connect(connection).get(5, TimeUnit.SECONDS);
        loop.submit(() -> ReadHold.release(channel, pipeline -> {})).sync();
        connection.scope().close(CloseReason.cancelled("test")).sync();
        assertThat(channel.isOpen()).isTrue();
        channel.close().sync();
    }

    @Test
    void saysWhatRefused() throws Exception {
        int port = closedPort();
        assertThat(failure(dial("127.0.0.1", port))).hasMessage("connecting to 127.0.0.1:" + port + ": refused")
                .extracting(ConnectFailedException::failure).isEqualTo(Failure.REFUSED);
        dns.on("closed.test", DnsServer.A, Reply.addresses("127.0.0.1")).on("closed.test", DnsServer.AAAA, Reply.EMPTY);
        assertThat(failure(dial("closed.test", port)))
                .hasMessage("connecting to closed.test:" + port + " (127.0.0.1): refused");
    }

    @Test
    void aSilentAddressTimesOut() throws Exception {
        options = options.withLimits(Duration.ofMillis(300), Duration.ofSeconds(5));
        try (BlackHole hole = new BlackHole()) {
            ConnectFailedException e = failure(dial("127.0.0.1", hole.port()));
            assertThat(e).hasMessage("connecting to 127.0.0.1:" + hole.port() + ": no answer");
            assertThat(e.failure()).isEqualTo(Failure.TIMEOUT);
        }
    }

    @Test
    void theScopesDeadlineIsKept() throws Exception {
        try (BlackHole hole = new BlackHole()) {
            Connection connection = connection("127.0.0.1", hole.port(), Policy.OPEN);
            connection.scope().expireAfter(Duration.ofMillis(300));
            ConnectFailedException e = failure(dialer().connect(connection));
            assertThat(e.failure()).isEqualTo(Failure.TIMEOUT);
            assertThat(CloseReasons.classify(e).kind()).isEqualTo(Kind.TIMEOUT);
        }
    }

    @Test
    void resolvesAndTriesTheNextAddressAtOnce() throws Exception {
        // Nothing listens on ::1 at that port: IPv6 is refused, IPv4 follows without a delay.
        dns.on("both.test", DnsServer.AAAA, Reply.addresses("::1")).on("both.test", DnsServer.A, Reply.addresses("127.0.0.1"));
        long began = System.nanoTime();
        Channel channel = dial("both.test", target.getLocalPort()).get(5, TimeUnit.SECONDS);
        assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress()).isInstanceOf(Inet4Address.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(240));
        channel.close().sync();
        assertThat(heard).contains("both.test null", "both.test:" + target.getLocalPort() + " null");
    }

    @Test
    void aLateAnswerAboutIpv6DoesNotHoldUpIpv4() throws Exception {
        dns.on("late.test", DnsServer.AAAA, Reply.SILENCE).on("late.test", DnsServer.A, Reply.addresses("127.0.0.1"));
        long began = System.nanoTime();
        dial("late.test", target.getLocalPort()).get(5, TimeUnit.SECONDS).close().sync();
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(500));
    }

    @Test
    void aSilentAddressLosesTheRace() throws Exception {
        try (BlackHole hole = new BlackHole("127.0.0.2")) {
            ServerSocket good = new ServerSocket(hole.port(), 5, InetAddress.ofLiteral("127.0.0.1"));
            dns.on("race.test", DnsServer.A, Reply.addresses("127.0.0.2", "127.0.0.1")).on("race.test", DnsServer.AAAA,
                    Reply.EMPTY);
            long before = descriptors();
            Channel channel = dial("race.test", hole.port()).get(5, TimeUnit.SECONDS);
            assertThat(((InetSocketAddress) channel.remoteAddress()).getAddress().getHostAddress()).isEqualTo("127.0.0.1");
            channel.close().sync();
            await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
            good.close();
        }
    }

    @Test
    void saysThatANameDoesNotExist() {
        ConnectFailedException e = failure(dial("missing.test", 80));
        assertThat(e.failure()).isEqualTo(Failure.NAME_NOT_RESOLVED);
        assertThat(e).hasMessage("resolving missing.test: no such name");
        assertThat(heard).contains("missing.test NAME_NOT_RESOLVED", "missing.test:80 NAME_NOT_RESOLVED");
    }

    @Test
    void saysThatTheServerFailed() {
        dns.on("broken.test", Reply.SERVFAIL);
        ConnectFailedException e = failure(dial("broken.test", 80));
        assertThat(e.failure()).isEqualTo(Failure.DNS_ERROR);
        assertThat(e).hasMessageContaining("resolving broken.test: ").hasMessageContaining("ServFail");
    }

    @Test
    void asksASilentServerAgainAndThenGivesUp() {
        dns.on("silent.test", Reply.SILENCE);
        ConnectFailedException e = failure(dial("silent.test", 80));
        assertThat(e.failure()).isEqualTo(Failure.DNS_ERROR);
        assertThat(e).hasMessage("resolving silent.test: no answer from the DNS server within 600 ms");
        assertThat(dns.questions().stream().filter("silent.test/1/udp"::equals)).hasSizeBetween(2, 3);
    }

    @Test
    void takesTruncatedAnswersOverTcp() throws Exception {
        dns.on("big.test", DnsServer.A, Reply.addresses("127.0.0.1").truncated()).on("big.test", DnsServer.AAAA, Reply.EMPTY);
        dial("big.test", target.getLocalPort()).get(5, TimeUnit.SECONDS).close().sync();
        assertThat(dns.questions()).contains("big.test/1/udp", "big.test/1/tcp");
    }

    @Test
    void remembersAnswersGoodAndBad() throws Exception {
        dns.on("known.test", DnsServer.A, Reply.addresses("127.0.0.1")).on("known.test", DnsServer.AAAA, Reply.EMPTY);
        DirectDialer dialer = dialer();
        for (int i = 0; i < 3; i++) {
            dialer.connect(connection("known.test", target.getLocalPort(), Policy.OPEN)).get(5, TimeUnit.SECONDS).close().sync();
            failure(dialer.connect(connection("unknown.test", 80, Policy.OPEN)));
        }
        assertThat(dns.questions()).filteredOn("known.test/1/udp"::equals).hasSize(1);
        assertThat(dns.questions()).filteredOn("known.test/28/udp"::equals).hasSize(1);
        assertThat(dns.questions()).filteredOn("unknown.test/1/udp"::equals).hasSize(1);
    }

    @Test
    void manyWhoWantOneNameShareOneQuestion() throws Exception {
        dns.on("shared.test", DnsServer.A, Reply.addresses("127.0.0.1").after(100)).on("shared.test", DnsServer.AAAA,
                Reply.EMPTY);
        DirectDialer dialer = dialer();
        List<Future<Channel>> dials = Stream.generate(
                () -> dialer.connect(connection("shared.test", target.getLocalPort(), Policy.OPEN))).limit(20).toList();
        assertThat(dials.getFirst().cancel(false)).isTrue(); // the others do not mind
        for (Future<Channel> dial : dials.subList(1, 20)) {
            dial.get(5, TimeUnit.SECONDS).close().sync();
        }
        assertThat(dns.questions()).filteredOn("shared.test/1/udp"::equals).hasSize(1);
    }

    @Test
    void localhostNeedsNoServer() throws Exception {
        dial("localhost", target.getLocalPort()).get(5, TimeUnit.SECONDS).close().sync();
        dial("my.localhost", target.getLocalPort()).get(5, TimeUnit.SECONDS).close().sync();
        assertThat(dns.questions()).isEmpty();
    }

    @Test
    void thePolicyIsAskedAboutTheAddressReallyDialled() throws Exception {
        dns.on("inside.test", DnsServer.A, Reply.addresses("127.0.0.1", "10.0.0.1")).on("inside.test", DnsServer.AAAA,
                Reply.EMPTY);
        ConnectFailedException e = failure(
                dialer().connect(connection("inside.test", target.getLocalPort(), Policy.PUBLIC_ONLY)));
        assertThat(e.failure()).isEqualTo(Failure.BLOCKED);
        assertThat(e).hasMessage("inside.test:" + target.getLocalPort()
                + " (127.0.0.1, 10.0.0.1): private addresses are not allowed here");
        assertThat(failure(dialer().connect(connection("127.0.0.1", target.getLocalPort(), Policy.PUBLIC_ONLY))).failure())
                .isEqualTo(Failure.BLOCKED);
        assertThat(failure(dialer().connect(connection("0.0.0.0", target.getLocalPort(), Policy.PUBLIC_ONLY))).failure())
                .isEqualTo(Failure.BLOCKED);
    }

    @Test
    void neverDialsItself() throws Exception {
        Listener listener = Listener
                .bind(loops, own, server, new InetSocketAddress(0), (channel, scope) -> {})
                .get(5, TimeUnit.SECONDS);
        int port = listener.address().getPort();
        dns.on("me.test", DnsServer.A, Reply.addresses("127.0.0.7")).on("me.test", DnsServer.AAAA, Reply.EMPTY);
        for (String host : List.of("127.0.0.1", "127.1.2.3", "0.0.0.0", "localhost", "me.test")) {
            ConnectFailedException e = failure(dial(host, port));
            assertThat(e.failure()).as(host).isEqualTo(Failure.LOOP);
            assertThat(e).hasMessageEndingWith(" is this program itself");
        }
    }

    @Test
    void bindsTheSourceAddress() throws Exception {
        options = options.withSource((Inet4Address) InetAddress.ofLiteral("127.0.0.5"), null);
        Channel channel = dial("127.0.0.1", target.getLocalPort()).get(5, TimeUnit.SECONDS);
        assertThat(((InetSocketAddress) channel.localAddress()).getHostString()).isEqualTo("127.0.0.5");
        channel.close().sync();
    }

    @Test
    void cancellingLeavesNothingBehind() throws Exception {
        dns.on("hang.test", Reply.SILENCE);
        try (BlackHole hole = new BlackHole()) {
            DirectDialer dialer = dialer();
            long before = descriptors();
            for (int i = 0; i < 10; i++) {
                Connection byScope = connection("127.0.0.1", hole.port(), Policy.OPEN);
                Future<Channel> first = dialer.connect(byScope);
                Future<Channel> second = dialer.connect(connection("127.0.0.1", hole.port(), Policy.OPEN));
                Future<Channel> third = dialer.connect(connection("hang.test", 80, Policy.OPEN));
                loop.submit(() -> {}).sync();
                byScope.scope().close(CloseReason.cancelled("the user left")).get(5, TimeUnit.SECONDS);
                assertThat(failure(first).failure()).isEqualTo(Failure.CANCELLED);
                assertThat(second.cancel(false)).isTrue();
                assertThat(third.cancel(false)).isTrue();
            }
            await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
        }
        assertThat(heard).contains("hang.test CANCELLED", "hang.test:80 CANCELLED");
    }

    @Test
    void aDialInAClosedScopeFails() {
        Connection connection = connection(NOWHERE, 80, Policy.OPEN);
        connection.scope().close(CloseReason.cancelled("before")).syncUninterruptibly();
        assertThat(failure(dialer().connect(connection)).failure()).isEqualTo(Failure.CANCELLED);
    }
}
