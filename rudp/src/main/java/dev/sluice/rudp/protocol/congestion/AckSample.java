package dev.sluice.rudp.protocol.congestion;

/**
 * What one acknowledgement taught about the path; made by {@link DeliveryRate#sample}. One object is used again and again: read it
 * inside {@link CongestionControl#onAck} and keep nothing.
 */
public final class AckSample {
    long now;
    long ackedBytes;
    long lostBytes;
    long bytesInFlight;
    long latestRtt;
    long smoothedRtt;
    long minRtt;
    long deliveryRate;
    long interval;
    long delivered;
    long priorDelivered;
    long priorLost;
    long lost;
    long priorInFlight;
    long largestSentAt;
    long typicalSentAt;
    long overtaken;
    long largestPacketNumber;
    boolean appLimited;

    AckSample() {}

    /** Time of the acknowledgement, ns. */
    public long now() {
        return now;
    }

    /** Bytes newly acknowledged. */
    public long ackedBytes() {
        return ackedBytes;
    }

    /** Bytes declared lost by the same event. */
    public long lostBytes() {
        return lostBytes;
    }

    /** Bytes in flight after it. */
    public long bytesInFlight() {
        return bytesInFlight;
    }

    /** Round trip of the largest packet acknowledged, ns; 0 where it gave none. */
    public long latestRtt() {
        return latestRtt;
    }

    /** ns. */
    public long smoothedRtt() {
        return smoothedRtt;
    }

    /** Smallest round trip ever seen on this path, ns. */
    public long minRtt() {
        return minRtt;
    }

    /** Bytes per second over {@link #interval()}; 0 where there is no valid sample. */
    public long deliveryRate() {
        return deliveryRate;
    }

    /** The longer of the send interval and the ack interval that the rate was taken over, ns. */
    public long interval() {
        return interval;
    }

    /** Bytes delivered on this path so far. */
    public long delivered() {
        return delivered;
    }

    /** Bytes that had been delivered when the newest acknowledged packet left. */
    public long priorDelivered() {
        return priorDelivered;
    }

    /** Bytes lost between that packet's departure and now. */
    public long lostSinceSent() {
        return lost - priorLost;
    }

    /** Bytes in flight when the newest acknowledged packet left. */
    public long priorInFlight() {
        return priorInFlight;
    }

    /** When the newest acknowledged packet left. */
    public long largestSentAt() {
        return largestSentAt;
    }

    /**
     * When a packet left that a quarter of those newly acknowledged are newer than (the newest of three, the third newest of eight): the very
     * newest may have overtaken others. 0 where nothing is.
     */
    public long typicalSentAt() {
        return typicalSentAt;
    }

    /** By how much earlier packets left than others that were acknowledged before them, at most, in the last dozens of round trips; ns. */
    public long overtaken() {
        return overtaken;
    }

    /** Its number. */
    public long largestPacketNumber() {
        return largestPacketNumber;
    }

    /** The rate was limited by the application, not by the path: it says only that the path is at least as fast. */
    public boolean appLimited() {
        return appLimited;
    }
}
