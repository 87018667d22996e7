package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Opens the addresses of one inbound in their order; where one cannot be had, those before it are closed. On the scope's executor. */
final class InboundPorts {

    /** How one address is opened. */
    interface Binder {
        /** Binds within {@code scope}; the future gives the address that was bound. */
        Future<InetSocketAddress> bind(Scope scope, InetSocketAddress address);
    }

    private final Scope scope;
    private final List<InetSocketAddress> addresses;
    private final Binder binder;
    private final Promise<List<InetSocketAddress>> opened;
    private final List<InetSocketAddress> bound = new ArrayList<>();

    private InboundPorts(Scope scope, List<InetSocketAddress> addresses, Binder binder, Promise<List<InetSocketAddress>> opened) {
        this.scope = scope;
        this.addresses = addresses;
        this.binder = binder;
        this.opened = opened;
    }

    /** Opens all of them in a child of {@code server} that takes the inbound's name. */
    static Future<List<InetSocketAddress>> open(String name, Scope server, List<InetSocketAddress> addresses, Binder binder) {
        Scope scope = server.child("inbound " + name);
        scope.onDrain(scope::closeWhenEmpty);
        InboundPorts ports = new InboundPorts(scope, addresses, binder, server.executor().newPromise());
        ports.next();
        return ports.opened;
    }

    private void next() {
        if (bound.size() == addresses.size()) {
            opened.setSuccess(List.copyOf(bound));
            return;
        }
        binder.bind(scope, addresses.get(bound.size())).addListener((Future<InetSocketAddress> f) -> {
            if (f.isSuccess()) {
                bound.add(f.getNow());
                next();
            } else {
                scope.close(CloseReason.shutdown("not started"));
                opened.setFailure(f.cause());
            }
        });
    }
}
