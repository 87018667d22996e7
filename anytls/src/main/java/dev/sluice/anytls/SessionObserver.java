package dev.sluice.anytls;

/** Counts what sessions of either role see. Any loop. */
public interface SessionObserver {
    /** Counts nothing. */
    SessionObserver NONE = what -> {};

    /** What is worth counting: things that a peer should not do, and what was done about them. */
    enum Event {
        /** A frame with a command that is not known, or data on one that carries none; read and dropped. */
        UNKNOWN_COMMAND,
        /** Data or an end for a stream that is not open; dropped. */
        UNKNOWN_STREAM,
        /** A SYN before the settings; answered with an alert. */
        SYN_BEFORE_SETTINGS,
        /** A second SYN for an open stream, or for stream 0; dropped. */
        DUPLICATE_SYN,
        /** A SYN whose number is lower than one before; accepted. */
        BACKWARD_SYN,
        /** A SYN beyond the limit of streams; answered with an error. */
        TOO_MANY_STREAMS,
        /** The peer has sent an alert. */
        ALERT,
        /** The peer has sent a padding scheme that does not parse; ignored. */
        BAD_SCHEME,
        /** The peer takes no answers: the session was closed. */
        PEER_NEVER_READS,
        /** A stream that nobody reads was reset, because others starved. */
        STALLED_STREAM
    }

    /** It happened, once. */
    void count(Event what);
}
