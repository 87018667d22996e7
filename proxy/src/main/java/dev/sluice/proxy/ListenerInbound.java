package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Inbound;
import dev.sluice.core.Scope;
import dev.sluice.net.Listener;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * An inbound that listens for TCP connections: it admits clients, as {@link ListenerSettings} says, and leaves them to its
 * {@link ClientProtocol}. The inbounds {@code mixed}, {@code http}, {@code socks} and {@code forward} are this class with
 * different protocols.
 */
public final class ListenerInbound implements Inbound {
    private final ListenerSettings settings;
    private final ClientProtocol protocol;
    private final InboundContext context;

    /** An inbound that is not started yet. */
    public ListenerInbound(ListenerSettings settings, ClientProtocol protocol, InboundContext context) {
        this.settings = settings;
        this.protocol = protocol;
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
        Listener.bind(context.loops(), context.own(), scope, settings.listen().get(index),
                (channel, connection) -> new Admission(settings, protocol, context, channel, connection).begin())
                .addListener((Future<Listener> f) -> {
                    if (f.isSuccess()) {
                        bound.add(f.getNow().address());
                        bind(scope, index + 1, bound, started);
                    } else {
                        scope.close(CloseReason.shutdown("not started"));
                        started.setFailure(f.cause());
                    }
                });
    }
}
