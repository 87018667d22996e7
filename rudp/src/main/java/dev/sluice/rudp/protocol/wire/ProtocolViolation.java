package dev.sluice.rudp.protocol.wire;

/**
 * The peer, which is authenticated, broke a rule. Thrown inside the protocol core only, where a packet is taken apart; the connection
 * closes with the code. It has no stack trace: it speaks of the peer's bytes, not of our code.
 */
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    /**
     * @param rule what was broken, in a few words; no content of the peer's
     */
    public ProtocolViolation(ErrorCode code, String rule) {
        super(rule, null, false, false);
        this.code = code;
    }

    /** The code that the close carries. */
    public ErrorCode code() {
        return code;
    }
}
