package dev.sluice.rudp.protocol.congestion;

/**
 * Counts round trips (a round ends when a packet is acknowledged that was sent after the round began) and estimates two delays by them:
 * that of the round, and that of the empty path.
 *
 * <p>Neither takes the smallest sample. Where a network delivers some packets ahead of the others, the acknowledgement of such a packet
 * comes back in a fraction of the true time, and a model built on it believes the path to be short and every packet to be queued. So
 * the delay of a round is the median of its samples, and the delay of the path is the smallest of those. For
 * the same reason each acknowledgement gives a sample, by one of the newer packets that it adds, not only one that adds the largest
 * number, and not the newest: on such a network those are early packets. Where that is known to happen ({@link PacketOrder}), even the
 * median of a round may be that of early ones, and the delay of the path is the smallest median of several rounds.
 */
final class RoundTrips {
    /** Fewer than these tell nothing of how a round's samples are spread: the next round adds to them. */
    private static final int MIN_SAMPLES = 8;

    private static final long MAX_JITTER = 16_000_000;
    private static final long HANDSHAKE_AGE = 4_000_000_000L;
    /** So often in a row it is held for others' queue that the delay has grown. */
    private static final int MAX_BLIND_PROBES = 3;
    /** Where packets overtake others, the median of one round may be that of the early ones: it takes so many rounds to tell. */
    private static final int LOOSE_ROUNDS = 8;

    private final RoundSamples samples = new RoundSamples();

    private long nextDelivered;
    private long rounds;
    private boolean roundStart;
    private long roundRtt;
    private long roundLeast;
    private long min;
    private long minAt;
    private boolean loose;
    private long overtaken;
    /** What was known of the delay may be that of packets that were early. */
    private boolean misled;
    /** Of the last rounds, where packets overtake others. */
    private final RoundSamples usual = new RoundSamples();
    private int usualRounds;
    /** The smallest delay is the first sample, for want of more. */
    private boolean provisional = true;
    private boolean probing;
    private long probed;
    private long beforeProbe;
    private int blindProbes;
    /** What the first round of a probe acknowledges was sent before it. */
    private int probeRounds;

    /** The handshake took so long, ns: there was nothing in the path then. */
    void onHandshake(long rtt) {
        min = rtt;
        roundRtt = rtt;
        provisional = false;
    }

    /** Takes an acknowledgement in. */
    void onAck(AckSample ack) {
        roundStart = false;
        if (ack.ackedBytes() > 0) {
            long rtt = Math.max(1, ack.now() - ack.typicalSentAt());
            samples.add(rtt);
            if (loose) {
                usual.add(rtt);
            }
            if (minAt == 0) {
                // measured with an empty path before anything was sent, but only once: to be confirmed soon
                minAt = ack.now() - HANDSHAKE_AGE;
            }
            if (min == 0) {
                setMin(ack.now(), rtt);
                roundRtt = rtt;
                provisional = true;
            }
        }
        if (ack.ackedBytes() > 0 && ack.priorDelivered() >= nextDelivered) {
            nextDelivered = ack.delivered();
            rounds++;
            roundStart = true;
            noteOrder(ack.overtaken());
            endRound(ack.now());
        }
    }

    /** The round begins anew with the next packet sent. */
    void startRound(long delivered) {
        nextDelivered = delivered;
    }

    /** Whether the last acknowledgement ended a round. */
    boolean roundStart() {
        return roundStart;
    }

    /** Rounds so far. */
    long rounds() {
        return rounds;
    }

    /** Delay of the last round, or of the one under way where it is shorter already; ns. */
    long roundRtt() {
        return roundRtt;
    }

    /** Delay of the path when nothing waits in it; ns, 0 before the first sample. */
    long min() {
        return min;
    }

    /** When a delay as short as that was last seen. */
    long minAt() {
        return minAt;
    }

    /**
     * Whether packets wait in a queue: more than 1.2 times the delay of the empty path, or on long paths more than what no jitter explains
     * (HyStart++ has the same bound), and a millisecond.
     */
    boolean queued() {
        return waits(roundRtt);
    }

    /** Whether every packet of the last round waited: where some overtake others, or come at odd times, one will not have. */
    boolean allQueued() {
        return waits(roundLeast);
    }

    private boolean waits(long rtt) {
        return !provisional && rtt > min + Math.min(min / 5, MAX_JITTER) + RttEstimator.GRANULARITY;
    }

    /** Whether packets overtake others by a time that counts. */
    boolean loose() {
        return loose;
    }

    /** Little is sent for a while, so that queues empty: what the next rounds show replaces the smallest delay, be it more. */
    void startProbe() {
        probing = true;
        probed = 0;
        probeRounds = 0;
        beforeProbe = roundRtt;
    }

    /**
     * The end of that while.
     *
     * @param company others keep the queue, as it seems: where the delay became shorter, but not as short as it was known to be, it is
     *     so, and the probe has shown nothing
     */
    void endProbe(long now, boolean company) {
        probing = false;
        if (loose) {
            probed = usual.count() < MIN_SAMPLES ? 0 : usual.median();
        }
        startUsual();
        boolean others = company && probed > min + min / 16 && probed < beforeProbe - beforeProbe / 16;
        blindProbes = others ? blindProbes + 1 : 0;
        boolean believed = probed != 0 && (!others || blindProbes > MAX_BLIND_PROBES);
        blindProbes = believed ? 0 : blindProbes;
        setMin(now, believed ? probed : min);
    }

    /** Nothing was under way for so long, ns: what is known of the delay has not aged, and what leaves now finds no queue of ours. */
    void onRest(long time) {
        if (minAt != 0) {
            minAt += time;
        }
    }

    private void endRound(long now) {
        if (samples.count() < (probing ? MIN_SAMPLES / 4 : MIN_SAMPLES)) {
            return;
        }
        roundRtt = samples.median();
        roundLeast = samples.least();
        // a delay within a sixteenth of the smallest says that the queue was empty: no need to empty it on purpose
        if (probing && probeRounds++ == 0) {
            startUsual();
        } else if (probing) {
            probed = probed == 0 ? roundRtt : Math.min(probed, roundRtt);
        }
        samples.clear();
        if (!loose) {
            noteDelay(now, roundRtt);
        } else if (!probing && ++usualRounds >= LOOSE_ROUNDS) {
            noteUsual(now, usual.median());
            startUsual();
        }
    }

    private void noteUsual(long now, long rtt) {
        if (misled && rtt > min && !provisional) {
            setMin(now, Math.min(rtt, min + overtaken));
        }
        misled = false;
        noteDelay(now, rtt);
    }

    private void noteDelay(long now, long rtt) {
        if (rtt < min || provisional) {
            provisional = false;
            setMin(now, rtt);
        } else if (rtt <= min + min / 16) {
            minAt = now;
        }
    }

    private void noteOrder(long overtaken) {
        boolean now = overtaken > roundRtt / 8;
        if (now != loose) {
            loose = now;
            misled = now;
            startUsual();
        }
        this.overtaken = overtaken;
    }

    private void startUsual() {
        usual.clear();
        usualRounds = 0;
    }

    private void setMin(long now, long rtt) {
        min = rtt;
        minAt = now;
    }
}
