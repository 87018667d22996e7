package dev.sluice.rudp.protocol;

/**
 * What a connection has done so far, as a snapshot. Sizes in bytes, times in ns, rates in bytes per second.
 *
 * @param packetsSent datagrams and coalesced packets
 * @param packetsReceived that were genuine and new
 * @param bytesSent of whole UDP payloads
 * @param bytesReceived of whole UDP payloads
 * @param streamBytesSent of streams, each byte once
 * @param streamBytesRetransmitted of streams, sent again
 * @param streamBytesReceived of streams, read by the application
 * @param packetsLost taken for lost
 * @param spuriousLosses of those that arrived after all
 * @param probeTimeouts that fired
 * @param packetsDropped not genuine, duplicates, of unknown form
 * @param fecRepaired packets of the peer's that were repaired
 * @param datagramsDropped unreliable messages that found no room, here or on the way
 * @param pathChanges migrations and rebindings
 * @param keyUpdates of the keys we seal with
 * @param smoothedRtt of the current path
 * @param minRtt of the current path
 * @param window bytes that may be in flight
 * @param bytesInFlight that are
 * @param pacingRate at which packets leave
 * @param deliveryRate last measured; 0 before
 * @param mtu bytes of the largest datagram in use
 */
public record ConnectionStats(long packetsSent, long packetsReceived, long bytesSent, long bytesReceived, long streamBytesSent,
        long streamBytesRetransmitted, long streamBytesReceived, long packetsLost, long spuriousLosses, long probeTimeouts,
        long packetsDropped, long fecRepaired, long datagramsDropped, long pathChanges, long keyUpdates, long smoothedRtt,
        long minRtt, long window, long bytesInFlight, long pacingRate, long deliveryRate, int mtu) {
    /** Before anything was done. */
    public static final ConnectionStats NONE = new ConnectionStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0);
}
