package dev.sluice.rudp.protocol;

/** Running counts of one connection; {@link ConnectionStats} is the snapshot. */
final class Counters {
    long packetsSent;
    long packetsReceived;
    long bytesSent;
    long bytesReceived;
    long streamBytesSent;
    long streamBytesRetransmitted;
    long streamBytesReceived;
    long packetsLost;
    long spuriousLosses;
    long probeTimeouts;
    long packetsDropped;
    long fecRepaired;
    long datagramsDropped;
    long pathChanges;
    long deliveryRate;
}
