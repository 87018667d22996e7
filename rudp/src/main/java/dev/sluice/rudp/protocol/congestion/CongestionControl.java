package dev.sluice.rudp.protocol.congestion;

/**
 * Decides how many bytes may be in flight on a path and how fast they may leave. One object for each path; its owner's thread only.
 *
 * <p>The owner calls {@code on...} in the order in which things happen, then reads {@link #window()} and {@link #pacingRate()}. For an
 * acknowledgement: {@link DeliveryRate#onAcked} for each packet, {@link #onLoss} for each packet now declared lost, and
 * {@link #onAck} once at the end. Times are nanoseconds of one clock that never goes back; sizes are bytes of whole datagrams.
 * Packets that carry nothing but acknowledgements are not counted in flight and not reported; probes of the path MTU are
 * reported when sent and acknowledged, but their loss is not (RFC 9002 §7, RFC 8899).
 */
public interface CongestionControl {
    /** As written in configuration, on the command line and in traces: {@code bbr}, {@code cubic}, ... */
    String name();

    /**
     * The handshake has shown how long a round trip takes. Called before data is sent, where it is known for certain.
     *
     * @param rtt ns
     */
    default void onHandshakeRtt(long rtt) {}

    /**
     * A packet has left.
     *
     * @param packet filled by {@link DeliveryRate#onSent}
     * @param bytesInFlight with this packet
     */
    void onPacketSent(long now, Transmission packet, long bytesInFlight);

    /** An acknowledgement came that was of at least one packet in flight. */
    void onAck(AckSample sample);

    /**
     * A packet is declared lost.
     *
     * @param bytesInFlight without this packet
     */
    void onLoss(long now, Transmission packet, long bytesInFlight);

    /** A packet that was declared lost has been acknowledged after all: the reduction made for it is taken back where possible. */
    void onSpuriousLoss(long now, Transmission packet);

    /**
     * The peer reports more packets marked "congestion experienced".
     *
     * @param sentAt when the largest packet that this report acknowledges was sent
     * @param packets how many more are marked since the last report
     */
    void onEcnCe(long now, long sentAt, long packets);

    /** Everything sent for three probe time-outs is lost (RFC 9002 §7.6). */
    void onPersistentCongestion(long now);

    /** A larger or smaller datagram is in use from now on, in bytes. */
    void onMaxDatagramSize(int bytes);

    /** How many bytes may be in flight. */
    long window();

    /** Bytes per second, at least 1. */
    long pacingRate();

    /** For statistics and traces: whether the controller is still in its first search for the rate of the path. */
    boolean inSlowStart();
}
