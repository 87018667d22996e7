package dev.sluice.proxy;

/** HTTP and SOCKS on one port, told apart by the first byte. Immutable, shared by all loops. */
public final class MixedProtocol implements ClientProtocol {
    private final ClientProtocol http;
    private final ClientProtocol socks;

    /** What to speak with whom. */
    public MixedProtocol(ClientProtocol http, ClientProtocol socks) {
        this.http = http;
        this.socks = socks;
    }

    @Override
    public void take(ClientSession session) {
        FirstByte.detect(session, http, socks);
    }
}
