package dev.sluice.proxy;

/** SOCKS4, SOCKS4a and SOCKS5 (RFC 1928, RFC 1929), CONNECT and UDP ASSOCIATE. Immutable, shared by all loops. */
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
        SocksClient.serve(session, context, options);
    }
}
