package dev.sluice.proxy;

import dev.sluice.core.Inbound;
import dev.sluice.core.Scope;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;

/** A UDP port to a fixed destination: one flow, with a socket of its own, for each source. */
public final class UdpForwardInbound implements Inbound {
    private final UdpForwardSettings settings;
    private final InboundContext context;

    /** An inbound that is not started yet. */
    public UdpForwardInbound(UdpForwardSettings settings, InboundContext context) {
        this.settings = settings;
        this.context = context;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public Future<List<InetSocketAddress>> start(Scope server) {
        throw new UnsupportedOperationException("" + context);
    }
}
