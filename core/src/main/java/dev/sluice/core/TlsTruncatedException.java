package dev.sluice.core;

import javax.net.ssl.SSLException;

/** A TLS stream ended without close_notify: what arrived may be cut short (RFC 8446 §6.1). */
public final class TlsTruncatedException extends SSLException {
    private static final long serialVersionUID = 1L;

    /** Without a stack: it names an event of the peer, not a place in the code. */
    public TlsTruncatedException() {
        super("TLS stream ended without close_notify");
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
