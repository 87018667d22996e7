package dev.sluice.rudp.protocol.congestion;

/**
 * One packet as it was sent: what {@link DeliveryRate} and the controllers need to know of it when it is acknowledged or lost. The
 * record of a sent packet extends this class or holds one; objects may be used again for another packet.
 *
 * <p>The owner sets {@link #packetNumber} and {@link #bytes}; {@link DeliveryRate#onSent} sets the rest.
 */
public class Transmission {
    /** Of this packet; never used twice in a connection. */
    public long packetNumber;
    /** Size of the datagram. */
    public int bytes;
    /** When it left, ns. */
    public long sentAt;

    /** Bytes delivered on this path when it left. */
    long delivered;
    /** When the last of those was acknowledged. */
    long deliveredAt;
    /** When the packet left that opens the send interval of the sample. */
    long firstSentAt;
    /** Bytes lost on this path when it left. */
    long lost;
    /** Bytes in flight when it left, with it. */
    long inFlight;
    /** The sender had no more to send at that time. */
    boolean appLimited;
}
