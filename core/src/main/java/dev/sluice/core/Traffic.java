package dev.sluice.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Bytes carried by one connection, and added at the same time to the totals it belongs to (its user, inbound and outbound).
 *
 * <p>{@link #up} and {@link #down} each have one writer at a time, the loop that moves that direction; anybody may read. A
 * connection's own count costs one opaque write, each total one {@code LongAdder}: cheap enough to leave on.
 */
public final class Traffic {

    /** Both directions of everything carried for one user, inbound or outbound. Any thread. */
    public static final class Total {
        private final LongAdder up = new LongAdder();
        private final LongAdder down = new LongAdder();

        /** Bytes from clients to targets. */
        public long up() {
            return up.sum();
        }

        /** Bytes from targets to clients. */
        public long down() {
            return down.sum();
        }
    }

    private static final VarHandle UP;
    private static final VarHandle DOWN;

    static {
        try {
            UP = MethodHandles.lookup().findVarHandle(Traffic.class, "up", long.class);
            DOWN = MethodHandles.lookup().findVarHandle(Traffic.class, "down", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Total[] totals;
    private @Nullable Total outbound; // written on the connection's loop before anybody else counts
    private long up;
    private long down;

    /** Counts for one connection and for {@code totals}. */
    public Traffic(List<Total> totals) {
        this.totals = totals.toArray(Total[]::new);
    }

    /**
     * Counts for {@code total} too: that of the outbound, known only after routing. The first one gets what was counted before; a
     * later one, for the next exchange on the same connection, takes its place from here on. On the connection's loop, between
     * exchanges: not while another loop moves bytes.
     */
    public void countFor(Total total) {
        if (outbound == null) {
            total.up.add(up());
            total.down.add(down());
        }
        outbound = total;
    }

    /** Counts bytes from the client to the target. */
    public void up(long bytes) {
        UP.setOpaque(this, up + bytes);
        for (Total total : totals) {
            total.up.add(bytes);
        }
        if (outbound != null) {
            outbound.up.add(bytes);
        }
    }

    /** Counts bytes from the target to the client. */
    public void down(long bytes) {
        DOWN.setOpaque(this, down + bytes);
        for (Total total : totals) {
            total.down.add(bytes);
        }
        if (outbound != null) {
            outbound.down.add(bytes);
        }
    }

    /** Bytes from the client to the target so far. */
    public long up() {
        return (long) UP.getOpaque(this);
    }

    /** Bytes from the target to the client so far. */
    public long down() {
        return (long) DOWN.getOpaque(this);
    }
}
