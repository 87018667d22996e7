package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * One side of a handshake by turns: what a connection asks of {@link dev.sluice.rudp.protocol.crypto.Handshake}, with its meaning. The
 * connection brings the messages across and sends them again where they get lost.
 */
public interface HandshakeSession {
    /** Whether the next message is ours. */
    boolean writes();

    /** Whether all messages were written and read. */
    boolean complete();

    /** Whether the payload of the next message is hidden from everybody but the peer. */
    boolean confidential();

    /** Bytes of the next message with a payload of this length. */
    int messageLength(int payloadLength);

    /** Writes our next message; returns its length. */
    int writeMessage(byte[] payload, byte[] out, int offset);

    /** Reads the peer's next message; returns its payload, or null, and has changed nothing, where it is not genuine. */
    byte @Nullable [] readMessage(byte[] in, int offset, int length);

    /** The server has another key than the one that was pinned. */
    boolean pinMismatch();

    /** The peer's static key, once known. */
    @Nullable
    PublicKey peerKey();

    /** Keys of the first flight's data, after message 1 of IK. */
    PacketKeys earlyKeys();

    /** Keys of the connection, after the last message. Call once. */
    PacketKeys keys();

    /** Wipes what can be wiped. */
    void destroy();
}
