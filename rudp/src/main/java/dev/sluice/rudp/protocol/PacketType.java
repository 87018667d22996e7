package dev.sluice.rudp.protocol;

/** What a packet is, by its header; see {@code PROTOCOL.md}. */
public enum PacketType {
    /** The client's first message. */
    INITIAL,
    /** Data of the client under keys of the first message. */
    EARLY,
    /** A later message of the handshake. */
    HANDSHAKE,
    /** The server wants a token with the first message. */
    RETRY,
    /** Frames under the connection's keys; its header is short. */
    SHORT;

    private static final PacketType[] LONG = {INITIAL, EARLY, HANDSHAKE, RETRY};

    static PacketType ofLong(int type) {
        return LONG[type];
    }

    static PacketType of(boolean early) {
        return early ? EARLY : SHORT;
    }
}
