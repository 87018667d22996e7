package dev.sluice.rudp.protocol;

/**
 * Whether the peer is still there. It is asked, by a PING, where a flow of its packets stops suddenly, and as keep-alive where nothing else
 * goes; when nothing has come for the idle time-out it is given up (RFC 9000 §10.1). Times are ns. Its owner's thread only.
 */
final class Liveness {
    static final long NEVER = Long.MAX_VALUE;

    /** So many packets in a row make a flow, whose sudden silence is worth asking about. */
    private static final int FLOW = 16;
    private static final long FLOW_GAP = 100_000_000L;
    private static final long STALL = 60_000_000L;
    /** The peer is not asked more often, however short a time-out it wants. */
    private static final long LEAST_KEEP_ALIVE = 100_000_000L;
    /** A longer idle time-out is none: what it is added to must not overflow. */
    private static final long LONGEST_IDLE = Long.MAX_VALUE / 4;

    /** 0 for none, as {@link #idleTimeout}. */
    private long keepAlive;
    private long idleTimeout;
    private long receivedAt;
    private long elicitingSentAt;
    /** What came last, or what was sent first after it. */
    private long idleFrom;
    private boolean sentSinceReceived;
    private int flow;
    private long flowAt;
    private long stallAt = NEVER;

    Liveness(ConnectionConfig config, long now) {
        keepAlive = config.keepAlive;
        idleTimeout = config.idleTimeout;
        askInTime();
        receivedAt = now;
        idleFrom = now;
    }

    /** The peer gives us up after so long; the shorter time counts for both. */
    void onPeerIdleTimeout(long millis) {
        if (millis > 0 && millis <= LONGEST_IDLE / 1_000_000) {
            long theirs = millis * 1_000_000;
            idleTimeout = idleTimeout == 0 ? theirs : Math.min(idleTimeout, theirs);
            askInTime();
        }
    }

    /** A keep-alive comes, and has time for its answer, before either end gives the other up. */
    private void askInTime() {
        if (keepAlive > 0 && idleTimeout > 0) {
            keepAlive = Math.min(keepAlive, Math.max(idleTimeout / 2, LEAST_KEEP_ALIVE));
        }
    }

    /** Something genuine came. */
    void onReceived(long now) {
        receivedAt = now;
        idleFrom = now;
        sentSinceReceived = false;
    }

    /** A packet came that wants an answer; {@code asked}: something of ours waits for an answer already. */
    void onEliciting(long now, boolean asked, long rtt) {
        flow = now - flowAt > FLOW_GAP ? 1 : flow + 1;
        flowAt = now;
        stallAt = flow >= FLOW && !asked ? now + Math.max(STALL, 2 * rtt) : NEVER;
    }

    /** Something left while an answer is waited for. */
    void onSent(long now) {
        elicitingSentAt = now;
        stallAt = NEVER;
        if (!sentSinceReceived) {
            sentSinceReceived = true;
            idleFrom = now;
        }
    }

    /**
     * When the peer is given up. Who asks in time, by keep-alive, counts from what came last; otherwise what was sent after a silence must
     * have time for an answer.
     */
    long idleDeadline(boolean established, long probeTimeout) {
        boolean asks = keepAlive > 0 && keepAlive < idleTimeout && established;
        long from = asks ? receivedAt : idleFrom;
        return idleTimeout == 0 ? NEVER : from + Math.max(idleTimeout, 3 * probeTimeout);
    }

    /** When the peer is to be asked; {@code quiet}: an established connection, and nothing waits for an answer. */
    long askAt(boolean quiet) {
        return Math.min(stallAt, keepAliveAt(quiet));
    }

    private long keepAliveAt(boolean quiet) {
        return keepAlive == 0 || !quiet ? NEVER : Math.max(receivedAt, elicitingSentAt) + keepAlive;
    }

    /** Returns whether the peer is to be asked now; a flow that stopped is asked about once. */
    boolean onTimeout(long now, boolean quiet) {
        boolean ask = now >= askAt(quiet);
        if (now >= stallAt) {
            stallAt = NEVER;
            flow = 0;
        }
        return ask;
    }
}
