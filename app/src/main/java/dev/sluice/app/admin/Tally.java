package dev.sluice.app.admin;

import dev.sluice.anytls.AnyTlsObserver;
import dev.sluice.core.AccessLog;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Route;
import dev.sluice.net.DialObserver;
import dev.sluice.proxy.InboundObserver;
import dev.sluice.rudp.channel.StatisticsListener;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts everything that happens, from the start of the program on and whether or not anybody ever looks: plain adders, so that
 * the metrics library is loaded only when somebody asks for {@code /metrics}. Any thread; never blocks.
 */
public final class Tally implements AccessLog, DialObserver, InboundObserver, AnyTlsObserver {

    /**
     * What is counted apart.
     *
     * @param name of the metric
     * @param inbound the inbound, or empty
     * @param cause the cause, or empty
     */
    record Label(String name, String inbound, String cause) {

        /** Written out, as {@link #equals}: those that come with a record are linked at run time, while the first client waits. */
        @Override
        public int hashCode() {
            return (name.hashCode() * 31 + inbound.hashCode()) * 31 + cause.hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Label label && name.equals(label.name) && inbound.equals(label.inbound)
                    && cause.equals(label.cause);
        }
    }

    private final AccessLog next;
    private final ConcurrentHashMap<Label, LongAdder> counters = new ConcurrentHashMap<>();
    private final Histogram connect = new Histogram();
    private final Histogram resolve = new Histogram();
    private final Histogram handshake = new Histogram();
    private final Histogram answered = new Histogram();
    private final ConcurrentHashMap<RudpTally.Label, RudpTally> rudp = new ConcurrentHashMap<>();
    private final LongAdder udpFlows = new LongAdder();
    private final LongAdder anyTlsSessions = new LongAdder();
    private final LongAdder anyTlsStreams = new LongAdder();

    /** Counts, and passes access lines on to {@code next}. */
    public Tally(AccessLog next) {
        this.next = next;
    }

    private void count(String name, String inbound, String cause) {
        counters.computeIfAbsent(new Label(name, inbound, cause), label -> new LongAdder()).increment();
    }

    @Override
    public void established(Connection connection, Route route) {
        count("connections.established", connection.inbound(), "");
        next.established(connection, route);
    }

    @Override
    public void ended(Ended ended) {
        count("connections.ended", ended.connection().inbound(), ended.reason().kind().label());
        next.ended(ended);
    }

    @Override
    public void refused(Refused refused) {
        next.refused(refused);
    }

    @Override
    public void dialled(Destination destination, Duration took, @Nullable Failure failure) {
        connect.add(took);
        if (failure != null) {
            count("dial.failures", "", label(failure));
        }
    }

    @Override
    public void resolved(String name, Duration took, @Nullable Failure failure) {
        resolve.add(took);
        if (failure != null) {
            count("resolve.failures", "", label(failure));
        }
    }

    private static String label(Failure failure) {
        return failure.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public void accepted(String inbound) {
        count("clients.accepted", inbound, "");
    }

    @Override
    public void refused(String inbound, Refusal cause) {
        count("clients.refused", inbound, cause.label());
    }

    @Override
    public void handshake(String inbound, Duration duration) {
        handshake.add(duration);
    }

    @Override
    public void dropped(String inbound, PacketDrop cause) {
        count("packets.dropped", inbound, cause.label());
    }

    @Override
    public void flowBegan(String inbound) {
        udpFlows.increment();
    }

    @Override
    public void flowEnded(String inbound) {
        udpFlows.decrement();
    }

    @Override
    public void flowEvicted(String inbound) {
        count("flows.evicted", inbound, "");
    }

    @Override
    public void sessionBegan(String inbound) {
        anyTlsSessions.increment();
        count("anytls.sessions.accepted", inbound, "");
    }

    @Override
    public void sessionEnded(String inbound) {
        anyTlsSessions.decrement();
    }

    @Override
    public void streamBegan(String inbound) {
        anyTlsStreams.increment();
        count("anytls.streams.accepted", inbound, "");
    }

    @Override
    public void streamEnded(String inbound) {
        anyTlsStreams.decrement();
    }

    @Override
    public void answered(String inbound, Duration took) {
        answered.add(took);
    }

    @Override
    public void refused(String inbound, AuthFailure cause) {
        count("anytls.auth.failures", inbound, cause.label());
    }

    @Override
    public void fellBack(String inbound) {
        count("anytls.fallbacks", inbound, "");
    }

    @Override
    public void odd(String name, String anomaly) {
        count("anytls.anomalies", name, anomaly);
    }

    /** Counts connections of reliable UDP of one inbound or outbound; what one of that name counted before goes on. */
    public StatisticsListener rudp(String kind, String name) {
        return rudp.computeIfAbsent(new RudpTally.Label(kind, name), label -> new RudpTally());
    }

    /** Those of every inbound and outbound. */
    Map<RudpTally.Label, RudpTally> rudp() {
        return rudp;
    }

    /** AnyTLS sessions of clients. */
    long anyTlsSessions() {
        return anyTlsSessions.sum();
    }

    /** Their streams. */
    long anyTlsStreams() {
        return anyTlsStreams.sum();
    }

    /** Time from a stream's SYN to its answer. */
    Histogram answerTimes() {
        return answered;
    }

    /** Every counter. */
    Map<Label, LongAdder> counters() {
        return counters;
    }

    /** Time to connect to a target, resolution included. */
    Histogram connectTimes() {
        return connect;
    }

    /** Time to resolve a name. */
    Histogram resolveTimes() {
        return resolve;
    }

    /** Time until a client has said what it wants. */
    Histogram handshakeTimes() {
        return handshake;
    }

    /** UDP flows alive. */
    long udpFlows() {
        return udpFlows.sum();
    }
}
