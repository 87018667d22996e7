package dev.sluice.rudp.protocol.wire;

/**
 * What a {@link FrameParser} calls for each frame of a packet, in their order. Arrays are only valid during the call. Every method may
 * throw a {@link ProtocolViolation}.
 */
public interface FrameHandler {
    /** PING. */
    void onPing();

    /** ACK. The object is used again. */
    void onAck(AckFrame ack);

    /** RESET_STREAM. */
    void onResetStream(long stream, long code, long finalSize);

    /** STOP_SENDING. */
    void onStopSending(long stream, long code);

    /** MAX_DATA. */
    void onMaxData(long max);

    /** MAX_STREAM_DATA. */
    void onMaxStreamData(long stream, long max);

    /** MAX_STREAMS. */
    void onMaxStreams(long max);

    /** NEW_CONNECTION_ID. */
    void onNewConnectionId(long sequence, long retirePriorTo, ConnectionId id, byte[] resetToken);

    /** RETIRE_CONNECTION_ID. */
    void onRetireConnectionId(long sequence);

    /** PATH_CHALLENGE. */
    void onPathChallenge(long data);

    /** PATH_RESPONSE. */
    void onPathResponse(long data);

    /** CLOSE or APPLICATION_CLOSE. */
    void onClose(boolean application, long code, String reason);

    /** HANDSHAKE_DONE. */
    void onHandshakeDone();

    /** STREAM. */
    void onStream(long stream, long offset, byte[] bytes, int from, int length, boolean fin);

    /** DATAGRAM. */
    void onDatagram(byte[] bytes, int from, int length);

    /** ACK_FREQUENCY. */
    void onAckFrequency(long sequence, long threshold, long maxDelayMicros, long reordering);

    /** IMMEDIATE_ACK. */
    void onImmediateAck();

    /** FEC_REPAIR: everything after the type, to the end of the packet. */
    void onFecRepair(byte[] bytes, int from, int length);

    /** FEC_REPAIRED. */
    void onFecRepaired(long total);
}
