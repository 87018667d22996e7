package dev.sluice.rudp.channel;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.ConnectionStats;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a listener what the connections of an endpoint do: of those that did anything, once a second. Belongs to its loop. */
final class Metering {
    private static final Logger log = LoggerFactory.getLogger(Metering.class);
    private static final long STEP_SECONDS = 1;

    private final EventLoop loop;
    private final StatisticsListener listener;
    private final ArrayDeque<Session> driven = new ArrayDeque<>();
    private final Runnable tell = this::tell;
    private final boolean watched;
    private boolean scheduled;
    private @Nullable Acceptor strangers;
    private long answered;
    private long dropped;

    Metering(EventLoop loop, StatisticsListener listener) {
        this.loop = loop;
        this.listener = listener;
        watched = !listener.equals(StatisticsListener.NONE);
    }

    /** It may have done something. */
    void driven(Session session) {
        if (session.metered || !watched) {
            return;
        }
        session.metered = true;
        driven.add(session);
        if (session.told == null) {
            session.told = ConnectionStats.NONE;
            listener.began();
        }
        schedule();
    }

    /** This one has dealt with a datagram of nobody it knows. */
    void stranger(Acceptor acceptor) {
        strangers = acceptor;
        schedule();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            loop.schedule(tell, STEP_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void tell() {
        scheduled = false;
        Acceptor acceptor = strangers;
        if (acceptor != null) {
            strangers = null;
            tell(acceptor);
        }
        for (Session session = driven.poll(); session != null; session = driven.poll()) {
            session.metered = false;
            tell(session);
        }
    }

    private void tell(Acceptor acceptor) {
        long answeredNow = acceptor.answered();
        long droppedNow = acceptor.dropped();
        if (droppedNow > dropped) {
            log.debug("datagrams of nobody known: {} got nothing, {} were answered", droppedNow - dropped,
                    answeredNow - answered);
        }
        listener.strangers(answeredNow - answered, droppedNow - dropped);
        answered = answeredNow;
        dropped = droppedNow;
    }

    private void tell(Session session) {
        ConnectionStats before = session.told;
        if (before != null) {
            ConnectionStats now = session.connection().stats();
            session.told = now;
            listener.progressed(before, now);
        }
    }

    /** It is over, and does nothing more. */
    void ended(Session session) {
        tell(session);
        ConnectionStats last = session.told;
        if (last != null) {
            session.told = null;
            listener.ended(last);
        }
    }
}
