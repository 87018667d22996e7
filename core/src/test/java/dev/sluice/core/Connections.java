package dev.sluice.core;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connections and outbounds for tests that carry nothing. */
final class Connections {
    private Connections() {}

    /** From 198.51.100.7 by {@code inbound} "in", to {@code destination}. */
    static Connection to(String destination) {
        return connection(Destination.parse(Network.TCP, destination), "in", null, "198.51.100.7");
    }

    static Connection connection(Destination destination, String inbound, @Nullable String user, String source) {
        return new Connection(ConnectionId.next(), inbound, user, new InetSocketAddress(Addresses.parse(source), 40000),
                destination,
                Policy.OPEN, Scope.root("test", ImmediateEventExecutor.INSTANCE), new Traffic(List.of()));
    }

    /** Has a name, and nothing else. */
    static Outbound outbound(String name) {
        return new Outbound() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Future<Channel> connect(Connection connection) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Future<PacketChannel> associate(Connection connection) {
                throw new UnsupportedOperationException();
            }
        };
    }
}
