package dev.sluice.rudp.protocol.crypto;

import org.jspecify.annotations.Nullable;

/**
 * One side of the handshake, a Noise handshake by a registered name. Messages go by turns, the client's first: IK is two messages, XX
 * three. The owner carries them in datagrams, sends them again where they may be lost, and offers only messages that are due.
 *
 * <p>Methods: {@link #writeMessage} and {@link #readMessage} by turns until {@link #complete()}, then {@link #packetProtection}.
 * {@link #earlyProtection} after message 1 of IK. A message that is not genuine changes nothing. Its owner's thread only; message
 * functions cost up to 1 ms of processor time (X25519).
 */
public final class Handshake {
    /** Bytes that a message adds to its payload, at most, whatever the suite: keys, tags and the share of the secret. */
    public static final int MAX_OVERHEAD = 160;

    private Handshake() {}

    /**
     * A client's side.
     *
     * @param suite with pattern IK if {@code serverKey} is known, with a secret if {@code secret} is given
     * @param self the client's static key
     * @param serverKey the server's static key for IK; for XX the key that was pinned, or null at first use
     * @param secret the shared secret, or null
     * @param prologue what both sides must see alike: {@link #prologue}
     */
    public static Handshake client(Suite suite, StaticKey self, @Nullable PublicKey serverKey, @Nullable SharedSecret secret,
            byte[] prologue) {
        throw new UnsupportedOperationException();
    }

    /**
     * A server's side, for the suite of a client's first packet.
     *
     * @param secret the shared secret, or null; must be there exactly if the suite says so
     */
    public static Handshake server(Suite suite, StaticKey self, @Nullable SharedSecret secret, byte[] prologue) {
        throw new UnsupportedOperationException();
    }

    /**
     * The prologue: everything of the first packet that is not in a message and must not be changed on the way.
     *
     * @param version of the protocol
     * @param clientId the connection ID that the client chose for itself
     */
    public static byte[] prologue(int version, Suite suite, byte[] clientId) {
        throw new UnsupportedOperationException();
    }

    /** Whether the next message is this side's to write. */
    public boolean writes() {
        throw new UnsupportedOperationException();
    }

    /** Number of the next message, from 1. */
    public int nextMessage() {
        throw new UnsupportedOperationException();
    }

    /** Bytes of the next message with a payload of this length. */
    public int messageLength(int payloadLength) {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether the payload of the next message is encrypted to the peer's key or hidden by fresh keys of both. False for message 1 of
     * XX: anyone can read that.
     */
    public boolean confidential() {
        throw new UnsupportedOperationException();
    }

    /**
     * Writes the next message.
     *
     * @param payload transport parameters and the like
     * @return its length
     */
    public int writeMessage(byte[] payload, byte[] out, int offset) {
        throw new UnsupportedOperationException();
    }

    /**
     * Reads the next message.
     *
     * @return its payload
     * @throws HandshakeException if it is not genuine; nothing has changed then
     */
    public byte[] readMessage(byte[] in, int offset, int length) throws HandshakeException {
        throw new UnsupportedOperationException();
    }

    /** Whether all messages have been written and read. */
    public boolean complete() {
        throw new UnsupportedOperationException();
    }

    /** The peer's static key, once known: a server knows a client's after message 1 of IK or 3 of XX. */
    public @Nullable PublicKey peerKey() {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether the server's key of an XX handshake is another one than was pinned. Known to the client after message 2, which is then
     * refused with a {@link HandshakeException}: this is the one failure to tell the user at once.
     */
    public boolean pinMismatch() {
        throw new UnsupportedOperationException();
    }

    /** Keys of data that goes with the first flight of IK: the client seals, the server opens. After message 1. */
    public PacketProtection earlyProtection() {
        throw new UnsupportedOperationException();
    }

    /** Keys of the connection. After the last message; call once. */
    public PacketProtection packetProtection() {
        throw new UnsupportedOperationException();
    }

    /** Wipes what can be wiped. */
    public void destroy() {}
}
