package dev.sluice.proxy;

import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksClientHandshake;
import dev.sluice.proxy.socks.SocksClientHandshake.Command;
import dev.sluice.proxy.upstream.FarTargets;
import dev.sluice.proxy.upstream.NextProxy;
import dev.sluice.proxy.upstream.SocksDialogue;
import dev.sluice.proxy.upstream.SocksFlow;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Reaches targets through a SOCKS5 proxy (RFC 1928): CONNECT for streams, UDP ASSOCIATE for packets. Names are sent to the proxy,
 * which resolves them.
 *
 * <p>Any loop; it has no state of its own.
 */
public final class SocksOutbound implements Outbound {
    /** We do not know yet where our packets will come from (RFC 1928 §7). */
    private static final SocksAddress UNKNOWN = new SocksAddress(new Host.Address(new InetSocketAddress(0).getAddress()), 0);

    private final String name;
    private final NextProxy proxy;
    private final @Nullable Credentials credentials;

    /**
     * A SOCKS5 proxy.
     *
     * @param server where the proxy listens; its name is resolved by {@code via}
     * @param credentials for user/password authentication (RFC 1929); null for none
     * @param via how the proxy itself is reached: a direct outbound, or the hop before this one in a chain
     * @throws IllegalArgumentException where the user or the password is empty or has more than 255 octets
     */
    public SocksOutbound(String name, Destination server, @Nullable Credentials credentials, Outbound via) {
        this.name = name;
        this.proxy = new NextProxy("SOCKS proxy", server, via, null, NextProxy.HANDSHAKE);
        this.credentials = credentials;
        if (credentials != null) {
            SocksClientHandshake.octets("user", credentials.user());
            SocksClientHandshake.octets("password", credentials.password());
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Future<Channel> connect(Connection connection) {
        if (!FarTargets.allowed(connection)) {
            return connection.loop().newFailedFuture(FarTargets.refusal(connection));
        }
        return proxy.reach(connection, () -> dialogue(Command.CONNECT, SocksAddress.of(connection.destination())),
                (stream, bound) -> stream);
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return SocksFlow.open(proxy, connection, () -> dialogue(Command.UDP_ASSOCIATE, UNKNOWN), this::host);
    }

    /** The server's address where we have dialled it ourselves; at the end of a chain only its configured host is known. */
    private Host host(Channel control) {
        boolean dialled = proxy.via() instanceof DirectOutbound;
        return dialled && control.remoteAddress() instanceof InetSocketAddress address
                ? Destination.of(Network.TCP, address).host()
                : proxy.server().host();
    }

    @Override
    public boolean perClient() {
        return proxy.via().perClient();
    }

    private SocksDialogue dialogue(Command command, SocksAddress target) {
        Credentials c = credentials;
        return new SocksDialogue(new SocksClientHandshake(proxy.who(), command, target, c == null ? null : c.user(),
                c == null ? null : c.password()));
    }
}
