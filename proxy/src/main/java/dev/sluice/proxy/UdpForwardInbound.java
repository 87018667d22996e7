package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Inbound;
import dev.sluice.core.Scope;
import dev.sluice.net.UdpSocket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
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

    /** Binds the addresses in their order; where one fails, those before it are closed. */
    @Override
    public Future<List<InetSocketAddress>> start(Scope server) {
        Scope scope = server.child("inbound " + name());
        scope.onDrain(scope::closeWhenEmpty);
        Promise<List<InetSocketAddress>> started = server.executor().newPromise();
        bind(scope, 0, new ArrayList<>(), started);
        return started;
    }

    private void bind(Scope scope, int index, List<InetSocketAddress> bound, Promise<List<InetSocketAddress>> started) {
        if (index == settings.listen().size()) {
            started.setSuccess(List.copyOf(bound));
            return;
        }
        Scope port = scope.child("port", context.loops().next());
        UdpForwardPort flows = new UdpForwardPort(settings, context, port);
        UdpSocket.listen(context.loops(), context.own(), port, settings.listen().get(index), flows::fromClient)
                .addListener((Future<UdpSocket> f) -> {
                    if (f.isSuccess()) {
                        flows.opened(f.getNow());
                        bound.add(f.getNow().address());
                        bind(scope, index + 1, bound, started);
                    } else {
                        scope.close(CloseReason.shutdown("not started"));
                        started.setFailure(f.cause());
                    }
                });
    }
}
