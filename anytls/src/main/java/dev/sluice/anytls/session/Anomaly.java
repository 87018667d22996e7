package dev.sluice.anytls.session;

/** What a peer should not do, and what is done about it. Each is counted. */
public enum Anomaly {
    /** A frame whose command is not known, or is not for this side, or that carries data it should not; read and dropped. */
    UNKNOWN_FRAME,
    /** Data or an end for a stream that is not open: late where we have closed it; dropped. */
    UNKNOWN_STREAM,
    /** A SYN before the settings; answered with an alert. */
    SYN_BEFORE_SETTINGS,
    /** A second SYN for an open stream, or one for stream 0; dropped. */
    DUPLICATE_SYN,
    /** A SYN whose number is not above all before it; accepted. */
    BACKWARD_SYN,
    /** A SYN beyond the limit of open streams; answered with an error, and too many of them with an alert. */
    TOO_MANY_STREAMS,
    /** The server has sent an alert; the session ends. */
    ALERT,
    /** The server has sent a padding scheme that cannot be used; the old one stays. */
    BAD_SCHEME,
    /** The peer asks and asks and takes no answer; the session ends. */
    NEVER_READS,
    /** Nobody reads a stream while others of its session starve; it is reset. */
    STALLED_STREAM
}
