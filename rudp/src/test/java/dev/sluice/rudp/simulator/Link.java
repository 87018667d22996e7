package dev.sluice.rudp.simulator;

import java.util.SplittableRandom;

/**
 * One direction of a simulated path: a queue in front of a line of a rate, then a delay, with faults on the way. Everything random comes
 * from the seed. Fields may be changed while it runs.
 */
final class Link {
    static final long MILLIS = 1_000_000L;

    private final SplittableRandom random;
    /** One way. */
    long delay = 10 * MILLIS;
    /** Added evenly spread from 0 to this; packets overtake each other by it. */
    long jitter;
    /** Bits per second; 0 without limit. */
    long rate;
    /** Packets that wait for the line, beyond that they are dropped. */
    int queue = 1000;
    /** Bytes that wait for the line, where it is not 0: in place of {@link #queue}. */
    long queueBytes;
    /** Share of packets lost. */
    double loss;
    /** A loss begins a burst of 1 to this many. */
    int burst = 1;
    /** Share of packets that are held back by {@link #reorderDelay}. */
    double reorder;
    long reorderDelay = 5 * MILLIS;
    /** Share of packets that skip the delay, and so overtake everything that is under way. */
    double early;
    /** Chances, at each packet, that a time begins or ends in which everything is lost (Gilbert and Elliott). */
    double toBad;
    double toGood;
    double duplicate;
    /** Share of packets of which one byte of the first 50 is changed. */
    double corrupt;
    int mtu = 65_535;
    /** Nothing gets through from {@link #downFrom} to before {@link #downUntil}. */
    long downFrom = Long.MAX_VALUE;
    long downUntil = Long.MIN_VALUE;

    private long lineFreeAt;
    private int burstLeft;
    private boolean bad;
    private int seen;
    /** Numbers, from 1, of packets that are dropped whatever else. */
    java.util.Set<Integer> dropList = java.util.Set.of();

    long packets;
    long bytes;
    long dropped;
    long droppedBytes;

    Link(long seed) {
        random = new SplittableRandom(seed);
    }

    Link delayMillis(long millis) {
        delay = millis * MILLIS;
        return this;
    }

    Link mbit(double megabits) {
        rate = (long) (megabits * 1e6);
        return this;
    }

    /** Who takes what comes out. */
    interface Out {
        void deliver(long at, byte[] datagram);
    }

    void send(long now, byte[] datagram, Out out) {
        packets++;
        bytes += datagram.length;
        seen++;
        if (dropList.contains(seen) || datagram.length > mtu || (now >= downFrom && now < downUntil) || lost()) {
            dropped++;
            droppedBytes += datagram.length;
            return;
        }
        long leaves = now;
        if (rate > 0) {
            long transmission = (datagram.length + 28) * 8L * 1_000_000_000L / rate;
            long waiting = Math.max(0, lineFreeAt - now);
            if (queueBytes > 0
                    ? waiting * rate / 8_000_000_000.0 + datagram.length + 28 > queueBytes
                    : waiting > queue * Math.max(1, (1280 * 8 * 1_000_000_000L) / rate)) {
                dropped++;
                droppedBytes += datagram.length;
                return;
            }
            lineFreeAt = Math.max(now, lineFreeAt) + transmission;
            leaves = lineFreeAt;
        }
        byte[] copy = datagram.clone();
        if (corrupt > 0 && random.nextDouble() < corrupt) {
            copy[random.nextInt(Math.min(50, copy.length))] ^= (byte) (1 + random.nextInt(255));
        }
        out.deliver(arrival(leaves), copy);
        if (duplicate > 0 && random.nextDouble() < duplicate) {
            out.deliver(arrival(leaves) + random.nextLong(5 * MILLIS), copy.clone());
        }
    }

    private long arrival(long leaves) {
        if (early > 0 && random.nextDouble() < early) {
            return leaves;
        }
        long at = leaves + delay + (jitter > 0 ? random.nextLong(jitter) : 0);
        return reorder > 0 && random.nextDouble() < reorder ? at + reorderDelay : at;
    }

    private boolean lost() {
        if (toBad > 0) {
            bad ^= random.nextDouble() < (bad ? toGood : toBad);
            if (bad) {
                return true;
            }
        }
        if (burstLeft > 0) {
            burstLeft--;
            return true;
        }
        if (loss > 0 && random.nextDouble() < loss) {
            burstLeft = random.nextInt(burst);
            return true;
        }
        return false;
    }
}
