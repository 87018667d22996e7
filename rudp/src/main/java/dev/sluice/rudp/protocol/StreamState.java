package dev.sluice.rudp.protocol;

/** One stream: its two halves, and in which queues of {@link Streams} it stands. */
final class StreamState {
    final long id;
    final SendHalf send;
    final ReceiveHalf receive;

    boolean queuedToSend;
    boolean queuedReadable;
    boolean queuedWritable;
    boolean queuedControl;
    boolean creditBlocked;
    /** The application was told that its write did not fit. */
    boolean writeBlocked;
    boolean writeBlockedByConnection;
    boolean removed;

    boolean maxDataDue;
    boolean resetDue;
    boolean stopDue;
    long stopCode;
    /** Bytes that it may still send before it is the next stream's turn. */
    int turn;

    StreamState(long id, long maxData, ReceiveWindow window, StreamMemory memory) {
        this.id = id;
        send = new SendHalf(maxData, memory);
        receive = new ReceiveHalf(window, memory);
    }
}
