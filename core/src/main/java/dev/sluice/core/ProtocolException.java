package dev.sluice.core;

import java.io.IOException;

/** A peer broke its protocol. The message names the rule and, where it is known, the offset; it never quotes a secret. */
public class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What was broken, in words that help the peer's author: {@code SOCKS5: no authentication methods offered}. */
    public ProtocolException(String message) {
        super(message);
    }

    /** Without a stack: it names an event of the peer, not a place in the code. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
