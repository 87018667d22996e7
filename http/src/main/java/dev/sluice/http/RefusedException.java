package dev.sluice.http;

import dev.sluice.core.ProtocolException;

/** A message that is not forwarded, and what the client is told instead. */
final class RefusedException extends ProtocolException {
    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
        super(refusal.detail());
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
