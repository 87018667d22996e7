package dev.sluice.rudp.protocol.congestion;

/**
 * Which acknowledgements of packets sent while probing are still to come (draft-ietf-ccwg-bbr, "ack_phase"), and whether the losses among
 * those packets say that probing went too far ("bw_probe_samples").
 *
 * <p>Its owner's thread only.
 */
final class ProbeFeedback {
    private enum Phase {
        NONE, REFILLING, STARTING, COMING, STOPPING
    }

    private Phase phase = Phase.NONE;
    private boolean samples;

    void startRefill() {
        phase = Phase.REFILLING;
    }

    void startUp() {
        phase = Phase.STARTING;
        samples = true;
    }

    /** Probing has ended: a round later, all has come. */
    void stop() {
        phase = Phase.STOPPING;
    }

    /** Takes an acknowledgement in that may be the first of a round. Returns whether it is the first of what was sent after probing. */
    boolean onAck(boolean roundStart) {
        if (phase == Phase.STARTING && roundStart) {
            phase = Phase.COMING;
        }
        if (phase == Phase.STOPPING && roundStart) {
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

    /** STARTUP goes on: there is no end of probing to wait for. */
    void resumeStartup() {
        phase = Phase.NONE;
    }

    /** What is still to come says nothing about probing. */
    void forget() {
        phase = Phase.NONE;
        samples = false;
    }
}
