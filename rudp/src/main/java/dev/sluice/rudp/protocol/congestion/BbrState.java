package dev.sluice.rudp.protocol.congestion;

/**
 * What {@link Bbr} does now, and by it how much more than the rate it sends, and than the product of rate and delay it has in flight
 * (draft-ietf-ccwg-bbr, "pacing_gain" and "cwnd_gain").
 */
enum BbrState {
    /** Doubles the rate every round. */
    STARTUP(2.77, 2),
    /** Lets the queue empty that STARTUP has made. */
    DRAIN(0.5, 2),
    /** Sends less than the rate, until room is left. */
    DOWN(0.9, 1.75),
    /** Sends at the rate. */
    CRUISE(1, 1.75),
    /** Sends at the rate without the bounds of the last losses, to fill the pipe. */
    REFILL(1, 1.75),
    /** Sends more than the rate. */
    UP(1.25, 2.25),
    /** Sends little, to see the delay of the empty path. */
    PROBE_RTT(1, 0.5);

    final double pacingGain;
    final double windowGain;

    BbrState(double pacingGain, double windowGain) {
        this.pacingGain = pacingGain;
        this.windowGain = windowGain;
    }

    /** Whether it is one of the cycle of probing for more. */
    boolean probesBandwidth() {
        return this == DOWN || this == CRUISE || this == REFILL || this == UP;
    }

    /** Whether a queue may be of the sender's own making. */
    boolean searches() {
        return this == STARTUP || this == REFILL || this == UP;
    }
}
