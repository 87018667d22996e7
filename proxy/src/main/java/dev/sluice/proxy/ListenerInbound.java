package dev.sluice.proxy;

import dev.sluice.core.Inbound;
import dev.sluice.core.Scope;
import dev.sluice.net.Listener;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * An inbound that listens for TCP connections: it admits clients, as {@link ListenerSettings} says, and leaves them to its
 * {@link ClientProtocol}. The inbounds {@code mixed}, {@code http}, {@code socks} and {@code forward} are this class with
 * different protocols.
 */
public final class ListenerInbound implements Inbound {
    private final AtomicReference<Admitting> admitting;
    private final InboundContext context;

    /** What holds for the clients that come from now on; swapped whole. */
    private record Admitting(ListenerSettings settings, ClientProtocol protocol) {}

    /** An inbound that is not started yet. */
    public ListenerInbound(ListenerSettings settings, ClientProtocol protocol, InboundContext context) {
        this.admitting = new AtomicReference<>(new Admitting(settings, protocol));
        this.context = context;
    }

    @Override
    public String name() {
        return admitting.get().settings.name();
    }

    /** What holds for new clients. Any thread. */
    public ListenerSettings settings() {
        return admitting.get().settings;
    }

    /** Other settings for the clients that come from now on; name and addresses stay as they are. Any thread. */
    public void use(ListenerSettings settings, ClientProtocol protocol) {
        admitting.set(new Admitting(settings, protocol));
    }

    @Override
    public Future<List<InetSocketAddress>> start(Scope server) {
        return InboundPorts.open(name(), server, settings().listen(), (scope, address) -> {
            Promise<InetSocketAddress> bound = server.executor().newPromise();
            Listener.bind(context.loops(), context.own(), scope, address, this::accepted).addListener((Future<Listener> f) -> {
                if (f.isSuccess()) {
                    bound.setSuccess(f.getNow().address());
                } else {
                    bound.setFailure(f.cause());
                }
            });
            return bound;
        });
    }

    private void accepted(Channel channel, Scope connection) {
        Admitting now = admitting.get();
        new Admission(now.settings, now.protocol, context, channel, connection).begin();
    }
}
