package dev.sluice.rudp.protocol.congestion;

/**
 * Whether acknowledgements of packets sent while probing are still to come (draft-ietf-ccwg-bbr, "ack_phase"), and whether the losses
 * among those packets say that probing went too far ("bw_probe_samples").
 *
 * <p>Its owner's thread only.
 */
final class ProbeFeedback {
    private boolean stopping;
    private boolean samples;

    void startRefill() {
        stopping = false;
    }

    void startUp() {
        stopping = false;
        samples = true;
    }

    /** Probing has ended: a round later, all has come. */
    void stop() {
        stopping = true;
    }

    /** Takes an acknowledgement in that may be the first of a round. Returns whether it is the first of what was sent after probing. */
    boolean onAck(boolean roundStart) {
        if (stopping && roundStart) {
            forget();
            return true;
        }
        return false;
    }

    /** Whether losses say that probing went too far. */
    boolean samples() {
        return samples;
    }

    /** They have said so: once is enough. */
    void used() {
        samples = false;
    }

    /** What is still to come says nothing about probing. */
    void forget() {
        stopping = false;
        samples = false;
    }
}
