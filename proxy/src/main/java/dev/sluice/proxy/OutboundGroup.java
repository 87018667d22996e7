package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import dev.sluice.http.HttpForwarding;
import dev.sluice.proxy.group.Member;
import dev.sluice.proxy.group.MemberHealth;
import dev.sluice.proxy.group.Members;
import dev.sluice.proxy.group.Prober;
import dev.sluice.proxy.group.Selection;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * An outbound that spreads connections over other outbounds, its members, and keeps account of their health.
 *
 * <p><b>Passive health.</b> A member that fails rests for a while and is passed by; each further failure doubles the rest, a
 * success ends it. Only failures of the member itself count: its server cannot be reached, does not shake hands, refuses our
 * credentials or breaks its protocol. That a target refuses, does not exist or is forbidden is no fault of the member; through a
 * proxy it even shows that the member works. Silence is judged by what comes after: if the same target then answers through
 * another member, the silent one failed. A direct outbound has no server of its own, so traffic never makes it rest; a probe does.
 *
 * <p><b>The next member.</b> A connection whose attempt fails tries the next member, as long as that may change anything: not
 * where the target itself has answered (refused, no such name), not where the connection is forbidden. Nothing has been sent for
 * the user by then. When all members rest, the one that has rested longest is tried.
 *
 * <p>Any loop; the state is one atomic snapshot for each member.
 */
public abstract sealed class OutboundGroup implements HttpForwarding permits FailoverOutbound, BalanceOutbound {
    private final String name;
    private final HealthCheck check;
    private final Members members;

    OutboundGroup(String name, List<Outbound> outbounds, HealthCheck check, Selection selection, Ticker ticker,
            Supplier<RandomGenerator> random) {
        this.name = name;
        this.check = check;
        List<Member> all = new ArrayList<>();
        for (Outbound outbound : outbounds) {
            MemberHealth health = new MemberHealth(check.firstRest(), check.longestRest());
            all.add(new Member(outbound, !(outbound instanceof DirectOutbound), health, new AtomicInteger()));
        }
        this.members = new Members(name, all, selection, ticker, random);
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final Future<Channel> connect(Connection connection) {
        return members.search(connection, member -> member.outbound().connect(connection), Channel::closeFuture, Channel::close);
    }

    @Override
    public final Future<Hop> connectHop(Connection connection) {
        return members.search(connection, member -> hop(member.outbound(), connection), hop -> hop.channel().closeFuture(),
                hop -> hop.channel().close());
    }

    @Override
    public final Future<PacketChannel> associate(Connection connection) {
        return members.search(connection, member -> member.outbound().associate(connection), PacketChannel::closed,
                flow -> flow.close(CloseReason.cancelled("nobody waits for the flow")));
    }

    @Override
    public boolean perClient() {
        return members.all().stream().anyMatch(member -> member.outbound().perClient());
    }

    private static Future<Hop> hop(Outbound outbound, Connection connection) {
        if (outbound instanceof HttpForwarding forwarding) {
            return forwarding.connectHop(connection);
        }
        Promise<Hop> promise = connection.loop().newPromise();
        Future<Channel> stream = outbound.connect(connection);
        promise.addListener(f -> stream.cancel(false));
        stream.addListener(f -> {
            if (!stream.isSuccess()) {
                promise.tryFailure(stream.cause());
            } else if (!promise.trySuccess(Hop.toTarget(stream.getNow()))) {
                stream.getNow().close();
            }
        });
        return promise;
    }

    /**
     * Starts the active probe, where there is one, on {@code loop}; it ends with {@code server}. Called once, after the
     * configuration has been taken over.
     */
    public final void start(Scope server, EventLoop loop) {
        HealthCheck.Probe probe = check.probe();
        if (probe != null) {
            Prober.start(members, probe.target(), probe.path(), probe.interval(), probe.timeout(),
                    server.child("probes of " + name, loop));
        }
    }

    /** How the members do. Any thread. */
    public final List<OutboundHealth> health() {
        List<OutboundHealth> all = new ArrayList<>();
        for (Member member : members.all()) {
            int failures = member.health().failures();
            Duration rest = member.health().rest(members.now());
            all.add(new OutboundHealth(name, member.outbound().name(), failures == 0, failures, rest, member.live().get()));
        }
        return List.copyOf(all);
    }
}
