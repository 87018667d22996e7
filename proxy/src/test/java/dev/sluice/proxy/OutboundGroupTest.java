package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.Dialer;
import dev.sluice.proxy.BalanceOutbound.Strategy;
import io.netty.channel.Channel;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.local.LocalChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Failover and balance with members of paper and a clock of our own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutboundGroupTest {
    private static final long SEED = 0x511ce;

    private final EventLoop loop = new DefaultEventLoop();
    private final MockTicker ticker = Ticker.newMockTicker();
    private final SplittableRandom random = new SplittableRandom(SEED);

    @AfterAll
    void close() throws Exception {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(5, TimeUnit.SECONDS);
    }

    /** A member that fails as it is told, or gives an open channel. */
    private final class Paper implements Outbound {
        private final String name;
        private final List<Channel> given = new ArrayList<>();
        private @Nullable Failure failure;
        private boolean hangs;
        private int tries;
        private Duration takes = Duration.ofMillis(1);

        Paper(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Future<Channel> connect(Connection connection) {
            tries++;
            ticker.advance(takes.toMillis(), TimeUnit.MILLISECONDS);
            if (hangs) {
                return loop.newPromise();
            }
            if (failure != null) {
                return loop.newFailedFuture(new ConnectFailedException(failure, name + " failed", null));
            }
            Channel channel = new LocalChannel();
            loop.register(channel);
            given.add(channel);
            return loop.newSucceededFuture(channel);
        }

        @Override
        public Future<PacketChannel> associate(Connection connection) {
            tries++;
            return loop.newFailedFuture(new ConnectFailedException(Failure.NOT_SUPPORTED, "no UDP", null));
        }
    }

    private final Paper a = new Paper("a");
    private final Paper b = new Paper("b");
    private final Paper c = new Paper("c");

    private FailoverOutbound failover() {
        return new FailoverOutbound("group", List.of(a, b, c), HealthCheck.DEFAULT, ticker, () -> random);
    }

    private BalanceOutbound balance(Strategy strategy, Outbound... members) {
        return new BalanceOutbound("group", List.of(members), strategy, HealthCheck.DEFAULT, ticker, () -> random);
    }

    private Connection from(InetAddress source) {
        return new Connection(ConnectionId.next(), "test", null, new InetSocketAddress(source, 1),
                Destination.of(Network.TCP, "t.example", 1), Policy.OPEN, Scope.root("connection", loop), new Traffic(List.of()));
    }

    private Future<Channel> connect(Outbound group) throws Exception {
        return connect(group, InetAddress.getLoopbackAddress());
    }

    private Future<Channel> connect(Outbound group, InetAddress source) throws Exception {
        Connection connection = from(source);
        Future<Channel> future = loop.submit(() -> group.connect(connection)).get(5, TimeUnit.SECONDS);
        loop.submit(() -> {}).get(5, TimeUnit.SECONDS);
        return future;
    }

    private int tries() {
        return 100 * a.tries + 10 * b.tries + c.tries;
    }

    private void forget() {
        for (Paper paper : List.of(a, b, c)) {
            paper.tries = 0;
            paper.failure = null;
            paper.hangs = false;
            paper.takes = Duration.ofMillis(1);
            paper.given.clear();
        }
    }

    @Test
    void failoverTakesTheFirstThatWorksAndPassesByWhatRests() throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = Failure.UPSTREAM_UNREACHABLE;
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(tries()).isEqualTo(110);
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(tries()).isEqualTo(120);
        OutboundHealth health = group.health().getFirst();
        assertThat(health.healthy()).isFalse();
        assertThat(health.failures()).isEqualTo(1);
        assertThat(health.rest()).isBetween(Duration.ofMillis(750), Duration.ofSeconds(1));

        ticker.advance(1, TimeUnit.SECONDS);
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(tries()).isEqualTo(230);
        ticker.advance(1, TimeUnit.SECONDS);
        connect(group);
        assertThat(tries()).as("the second rest is longer").isEqualTo(240);

        a.failure = null;
        ticker.advance(1, TimeUnit.SECONDS);
        connect(group);
        connect(group);
        assertThat(tries()).isEqualTo(440);
        assertThat(group.health().getFirst().healthy()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"UPSTREAM_UNREACHABLE", "UPSTREAM_AUTH", "TLS"})
    void theMembersOwnFailuresCount(Failure failure) throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = failure;
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(group.health().getFirst().failures()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSED", "NAME_NOT_RESOLVED", "BLOCKED", "LOOP", "LIMIT", "CANCELLED", "INTERNAL"})
    void anAnswerAboutTheTargetIsFinal(Failure failure) throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = failure;
        assertThat(OutboundBed.refused(connect(group)).failure()).isEqualTo(failure);
        assertThat(tries()).isEqualTo(100);
        assertThat(group.health()).allMatch(OutboundHealth::healthy);
    }

    @ParameterizedTest
    @EnumSource(names = {"NETWORK_UNREACHABLE", "HOST_UNREACHABLE", "DNS_ERROR", "UPSTREAM", "NOT_SUPPORTED"})
    void anotherMemberIsTriedWithoutBlame(Failure failure) throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = failure;
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(tries()).isEqualTo(110);
        assertThat(group.health()).allMatch(OutboundHealth::healthy);
    }

    @Test
    void silenceCountsWhereTheTargetAnswersThroughAnother() throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = Failure.TIMEOUT;
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(group.health().getFirst().failures()).isEqualTo(1);

        forget();
        FailoverOutbound other = failover();
        a.failure = Failure.TIMEOUT;
        b.failure = Failure.TIMEOUT;
        c.failure = Failure.UPSTREAM;
        connect(other);
        assertThat(other.health()).allMatch(OutboundHealth::healthy);
    }

    @Test
    void aMemberThatDialsItselfIsNotAtFaultForSilence() throws Exception {
        forget();
        Dialer silent = new Dialer() {
            @Override
            public Future<Channel> connect(Connection connection) {
                return loop.newFailedFuture(new ConnectFailedException(Failure.TIMEOUT, "no answer", null));
            }

            @Override
            public Future<PacketChannel> associate(Connection connection) {
                return loop.newPromise();
            }
        };
        FailoverOutbound group = new FailoverOutbound("group", List.of(new DirectOutbound("direct", silent), b),
                HealthCheck.DEFAULT, ticker, () -> random);
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(group.health()).allMatch(OutboundHealth::healthy);
    }

    @Test
    void whenAllRestTheOneThatRestedLongestIsTriedFirst() throws Exception {
        forget();
        FailoverOutbound group = failover();
        a.failure = Failure.UPSTREAM;
        b.failure = Failure.UPSTREAM_UNREACHABLE;
        c.failure = Failure.UPSTREAM_UNREACHABLE;
        connect(group);
        forget();
        a.failure = Failure.UPSTREAM_UNREACHABLE;
        b.failure = Failure.UPSTREAM_UNREACHABLE;
        assertThat(connect(group).isSuccess()).isTrue(); // a fails; b has rested longest and fails; c works
        assertThat(tries()).isEqualTo(111);
        forget();
        assertThat(connect(group).isSuccess()).isTrue();
        assertThat(tries()).as("c works, so a and b may rest").isEqualTo(1);
    }

    @Test
    void theFailureThatSaysMostOfTheTargetIsTold() throws Exception {
        forget();
        a.failure = Failure.UPSTREAM_UNREACHABLE;
        b.failure = Failure.UPSTREAM;
        c.failure = Failure.UPSTREAM_UNREACHABLE;
        assertThat(OutboundBed.refused(connect(failover()))).hasMessage("b failed");
    }

    @Test
    void cancellingReachesTheMember() throws Exception {
        forget();
        a.hangs = true;
        FailoverOutbound group = failover();
        Future<Channel> future = connect(group);
        assertThat(future.isDone()).isFalse();
        assertThat(group.health().getFirst().live()).isEqualTo(1);
        future.cancel(false);
        loop.submit(() -> {}).get(5, TimeUnit.SECONDS);
        loop.submit(() -> {}).get(5, TimeUnit.SECONDS);
        assertThat(group.health().getFirst().live()).isZero();
        assertThat(tries()).isEqualTo(100);
    }

    @Test
    void noFurtherMemberIsTriedAfterHalfAMinute() throws Exception {
        forget();
        a.failure = Failure.TIMEOUT;
        a.takes = Duration.ofSeconds(31);
        assertThat(OutboundBed.refused(connect(failover())).failure()).isEqualTo(Failure.TIMEOUT);
        assertThat(tries()).isEqualTo(100);
    }

    @Test
    void packetsGoThroughTheGroupToo() throws Exception {
        forget();
        Connection connection = from(InetAddress.getLoopbackAddress());
        FailoverOutbound group = failover();
        Future<PacketChannel> flow = loop.submit(() -> group.associate(connection)).get(5, TimeUnit.SECONDS);
        assertThat(OutboundBed.refused(flow).failure()).isEqualTo(Failure.NOT_SUPPORTED);
        assertThat(tries()).isEqualTo(111);
    }

    @Test
    void leastConnectionsKeepsMembersLevelAndCountsTheLive() throws Exception {
        forget();
        BalanceOutbound group = balance(Strategy.LEAST_CONNECTIONS, a, b, c);
        for (int i = 0; i < 30; i++) {
            connect(group);
        }
        assertThat(group.health()).extracting(OutboundHealth::live).containsOnly(10);
        for (Channel channel : a.given) {
            channel.close().get(5, TimeUnit.SECONDS);
        }
        assertThat(group.health()).extracting(OutboundHealth::live).containsExactly(0, 10, 10);
        for (int i = 0; i < 10; i++) {
            connect(group);
        }
        assertThat(a.given).hasSize(20);
    }

    @Test
    void randomOfTwoKeepsMembersNearlyLevel() throws Exception {
        forget();
        BalanceOutbound group = balance(Strategy.RANDOM_OF_TWO, a, b, c);
        for (int i = 0; i < 300; i++) {
            connect(group);
        }
        assertThat(group.health()).extracting(OutboundHealth::live).allMatch(live -> live > 90 && live < 110);
    }

    private static InetAddress source(int i) throws UnknownHostException {
        return InetAddress.getByAddress(new byte[]{10, 0, (byte) (i >> 8), (byte) i});
    }

    private Map<Integer, String> assignment(BalanceOutbound group) throws Exception {
        Map<Integer, String> assigned = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            a.tries = 0;
            b.tries = 0;
            c.tries = 0;
            connect(group, source(i));
            assigned.put(i, a.tries > 0 ? "a" : b.tries > 0 ? "b" : "c");
        }
        return assigned;
    }

    @Test
    void hashBySourceIsStableWhenMembersChange() throws Exception {
        forget();
        Map<Integer, String> three = assignment(balance(Strategy.HASH_BY_SOURCE, a, b, c));
        assertThat(assignment(balance(Strategy.HASH_BY_SOURCE, c, b, a))).as("the order does not matter").isEqualTo(three);
        Map<Integer, String> two = assignment(balance(Strategy.HASH_BY_SOURCE, a, c));
        three.forEach((source, member) -> {
            if (!member.equals("b")) {
                assertThat(two).containsEntry(source, member);
            }
        });
        for (String member : List.of("a", "b", "c")) {
            assertThat(three.values().stream().filter(member::equals).count()).isBetween(150L, 250L);
        }
    }

    @Test
    void aRestingMembersSourcesComeBackToIt() throws Exception {
        forget();
        BalanceOutbound group = balance(Strategy.HASH_BY_SOURCE, a, b, c);
        Map<Integer, String> before = assignment(group);
        int mine = before.entrySet().stream().filter(e -> e.getValue().equals("b")).findFirst().orElseThrow().getKey();
        b.failure = Failure.UPSTREAM_UNREACHABLE;
        assertThat(connect(group, source(mine)).isSuccess()).isTrue();
        b.failure = null;
        ticker.advance(1, TimeUnit.SECONDS);
        assertThat(assignment(group)).isEqualTo(before);
    }

    @Test
    void saysWhetherItsStreamsDifferByClient() {
        assertThat(balance(Strategy.HASH_BY_SOURCE, a, b).perClient()).isTrue();
        assertThat(balance(Strategy.RANDOM_OF_TWO, a, b).perClient()).isFalse();
    }

    @Test
    void needsAMember() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FailoverOutbound("empty", List.of(), HealthCheck.DEFAULT));
    }

    @Test
    void aClosedConnectionTriesNoFurtherMember() throws Exception {
        forget();
        a.failure = Failure.UPSTREAM_UNREACHABLE;
        Connection connection = from(InetAddress.getLoopbackAddress());
        connection.scope().close(CloseReason.cancelled("client left")).get(5, TimeUnit.SECONDS);
        FailoverOutbound group = failover();
        loop.submit(() -> group.connect(connection)).get(5, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
        assertThat(tries()).isEqualTo(100);
    }
}
