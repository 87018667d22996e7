package dev.sluice.proxy;

import dev.sluice.core.Inbound;
import dev.sluice.core.Scope;
import dev.sluice.net.UdpSocket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A UDP port to a fixed destination: one flow, with a socket of its own, for each source. Each address that is listened on has its
 * table of flows, on one loop.
 */
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
        return InboundPorts.open(name(), server, settings.listen(), (scope, address) -> {
            Promise<InetSocketAddress> bound = server.executor().newPromise();
            Scope port = scope.child("port", context.loops().next());
            UdpForwardPort flows = new UdpForwardPort(settings, context, port);
            UdpSocket.listen(context.loops(), context.own(), port, address, flows::fromClient)
                    .addListener((Future<UdpSocket> f) -> {
                        if (f.isSuccess()) {
                            flows.opened(f.getNow());
                            bound.setSuccess(f.getNow().address());
                        } else {
                            bound.setFailure(f.cause());
                        }
                    });
            return bound;
        });
    }
}
