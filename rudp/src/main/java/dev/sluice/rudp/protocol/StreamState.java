package dev.sluice.rudp.protocol;

/** One stream: its two halves, and where it stands with the classes that share it. Only the class that a group is named after writes it. */
final class StreamState {
    final long id;
    final SendHalf send;
    final ReceiveHalf receive;

    // Streams
    boolean queuedReadable;
    boolean removed;

    // SendBuffer
    boolean queuedWritable;
    /** The application was told that its write did not fit. */
    boolean writeBlocked;
    boolean writeBlockedByConnection;

    // StreamScheduler
    boolean queuedToSend;
    boolean creditBlocked;
    /** Bytes that it may still send before it is the next stream's turn. */
    int turn;

    // StreamControls
    boolean queuedControl;
    boolean maxDataDue;
    boolean resetDue;
    boolean stopDue;
    long stopCode;

    StreamState(long id, long maxData, ReceiveWindow window, StreamMemory memory) {
        this.id = id;
        send = new SendHalf(maxData, memory);
        receive = new ReceiveHalf(window, memory);
    }
}
