package dev.sluice.rudp.protocol;

import java.util.random.RandomGenerator;

/** Asks whether the peer is at an address (RFC 9000 §8.2): challenges until one is answered or the time is over. */
final class PathValidation {
    static final long NEVER = Long.MAX_VALUE;

    private static final int KEPT = 4;

    /** The last challenges; an answer to any of them will do. */
    private final long[] challenges = new long[KEPT];
    private int sent;
    private boolean running;
    private boolean due;
    private long sendAgainAt = NEVER;
    private long failsAt = NEVER;
    private boolean responseDue;
    private long response;

    void start(long now, long probeTimeout) {
        running = true;
        due = true;
        sent = 0;
        failsAt = now + 3 * probeTimeout;
    }

    void stop() {
        running = false;
        due = false;
        sendAgainAt = NEVER;
        failsAt = NEVER;
    }

    boolean running() {
        return running;
    }

    boolean due() {
        return due;
    }

    /** A new challenge, to be sent now; the next follows after {@code interval}, then twice that, and so on. */
    long challenge(long now, long interval, RandomGenerator random) {
        due = false;
        sendAgainAt = now + (interval << Math.min(sent, 4));
        long challenge = random.nextLong();
        challenges[sent++ % KEPT] = challenge;
        return challenge;
    }

    boolean answers(long data) {
        if (!running) {
            return false;
        }
        for (int i = 0; i < Math.min(sent, KEPT); i++) {
            if (challenges[i] == data) {
                return true;
            }
        }
        return false;
    }

    long timer() {
        return Math.min(due ? NEVER : sendAgainAt, failsAt);
    }

    /** Returns whether the validation has failed. */
    boolean onTimeout(long now) {
        if (running && now >= failsAt) {
            stop();
            return true;
        }
        if (running && now >= sendAgainAt) {
            due = true;
            sendAgainAt = NEVER;
        }
        return false;
    }

    /** The peer asks; only its latest question is answered. */
    void onChallenge(long data) {
        response = data;
        responseDue = true;
    }

    boolean responseDue() {
        return responseDue;
    }

    long takeResponse() {
        responseDue = false;
        return response;
    }
}
