package dev.sluice.rudp.protocol.crypto;

/**
 * A handshake message that is not genuine, or not of this handshake. The handshake is as it was before it: drop the message, count it, go
 * on waiting for the right one. Says which step failed, never what a key or secret was; carries no stack trace, since anyone can cause
 * it.
 */
public final class HandshakeException extends Exception {
    private static final long serialVersionUID = 1;

    HandshakeException(String message) {
        super(message, null, false, false);
    }
}
