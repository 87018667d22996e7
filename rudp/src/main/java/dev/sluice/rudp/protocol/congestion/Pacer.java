package dev.sluice.rudp.protocol.congestion;

/**
 * Spreads what the window allows over time: a token bucket of bytes that fills at the controller's rate. {@link #budget} says how many
 * bytes may leave now, as one segmented batch or several, and {@link #nextSend} when to come back. Its owner's thread only.
 *
 * <p>A timer that fires late must not cost speed, so the bucket holds a few milliseconds of the rate; a sender that was idle must not
 * flood a short queue, so at low rates it holds no more than the ten packets of an initial window (RFC 9002 §7.7).
 */
public final class Pacer {
    /** Bursts of at most this time's bytes after the sender was late. */
    private static final long BURST_NANOS = 4_000_000;
    /** Batches are collected for this long where the rate is high enough to fill more than a packet. */
    private static final long BATCH_NANOS = 1_000_000;
    private static final int MIN_BURST_PACKETS = 10;
    private static final int MAX_BATCH = 64 * 1024;
    private static final double NANOS = 1e9;

    private int datagram;
    private long rate;
    private double tokens;
    private long filledAt;
    private boolean started;

    /**
     * A full bucket.
     *
     * @param datagram bytes of the largest datagram
     */
    public Pacer(int datagram) {
        this.datagram = datagram;
    }

    /** The controller's rate, bytes per second; call when it may have changed. What was saved at the old rate is kept. */
    public void setRate(long now, long bytesPerSecond) {
        if (!started) {
            started = true;
            rate = bytesPerSecond;
            tokens = capacity();
            filledAt = now;
            return;
        }
        fill(now);
        rate = Math.max(1, bytesPerSecond);
    }

    /** A larger or smaller datagram is in use. */
    public void onMaxDatagramSize(int bytes) {
        datagram = bytes;
    }

    /** How many bytes may leave now; 0 where not even one full datagram may. No batch may be larger. */
    public int budget(long now) {
        fill(now);
        return tokens < datagram ? 0 : (int) tokens;
    }

    /** Bytes have left. The bucket may go below zero by packets that wait for nobody, such as probes. */
    public void onSent(long now, int bytes) {
        fill(now);
        tokens = Math.max(tokens - bytes, -capacity());
    }

    /**
     * When {@link #budget} is worth asking again: as soon as one batch may leave, which is a millisecond's bytes, one datagram at
     * least.
     *
     * @return {@code now} where it may already
     */
    public long nextSend(long now) {
        fill(now);
        double batch = Math.min(Math.max(rate * (BATCH_NANOS / NANOS), datagram), MAX_BATCH);
        if (tokens >= datagram && tokens >= batch) {
            return now;
        }
        return now + (long) Math.ceil((batch - tokens) * NANOS / rate);
    }

    private void fill(long now) {
        if (now > filledAt) {
            tokens = Math.min(tokens + (now - filledAt) * (rate / NANOS), capacity());
            filledAt = now;
        }
    }

    private double capacity() {
        return Math.max(rate * (BURST_NANOS / NANOS), (double) MIN_BURST_PACKETS * datagram);
    }
}
