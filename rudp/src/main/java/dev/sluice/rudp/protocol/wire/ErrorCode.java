package dev.sluice.rudp.protocol.wire;

/** Why the transport, not the application, closes a connection. The numbers are on the wire. */
public enum ErrorCode {
    /** Nothing is wrong. */
    NO_ERROR(0),
    /** A fault of the one who closes. */
    INTERNAL(1),
    /** The server takes no connections now. */
    REFUSED(2),
    /** More data than the windows allow. */
    FLOW_CONTROL(3),
    /** More streams than allowed, or one that the peer may not name. */
    STREAM_LIMIT(4),
    /** A frame for a stream in a state that forbids it. */
    STREAM_STATE(5),
    /** Data beyond the final size, or a final size that changed. */
    FINAL_SIZE(6),
    /** A frame that cannot be read, or of an unknown critical type. */
    FRAME_ENCODING(7),
    /** Transport parameters that cannot be read or break a limit. */
    PARAMETERS(8),
    /** More connection IDs than allowed, or a wrong one retired. */
    CONNECTION_ID(9),
    /** An acknowledgement of what was never sent, and other breaks of the rules. */
    VIOLATION(10),
    /** The handshake failed. */
    HANDSHAKE(11),
    /** A key was used to its limit. */
    KEY_LIMIT(12);

    private static final ErrorCode[] ALL = values();

    private final int wire;

    ErrorCode(int wire) {
        this.wire = wire;
    }

    /** The number on the wire. */
    public int wire() {
        return wire;
    }

    /** The code of a number; {@link #INTERNAL} for an unknown one. */
    public static ErrorCode of(long wire) {
        return wire >= 0 && wire < ALL.length ? ALL[(int) wire] : INTERNAL;
    }
}
