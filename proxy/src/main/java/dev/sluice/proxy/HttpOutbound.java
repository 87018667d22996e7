package dev.sluice.proxy;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.http.HttpForwarding;
import dev.sluice.net.ClientTls;
import dev.sluice.proxy.upstream.FarTargets;
import dev.sluice.proxy.upstream.HttpConnect;
import dev.sluice.proxy.upstream.NextProxy;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Reaches targets through an HTTP proxy: CONNECT for streams (RFC 9110 §9.3.6), the absolute form for plain requests, because many
 * proxies (Squid among them) refuse CONNECT to port 80. It carries no packets.
 *
 * <p>Names are sent to the proxy, which resolves them. Any loop; it has no state of its own.
 */
public final class HttpOutbound implements HttpForwarding {
    private final String name;
    private final NextProxy proxy;
    private final @Nullable String authorization;

    /**
     * A proxy in clear text.
     *
     * @param server where the proxy listens; its name is resolved by {@code via}
     * @param credentials sent as Basic (RFC 7617); null for none
     * @param via how the proxy itself is reached: a direct outbound, or the hop before this one in a chain
     */
    public HttpOutbound(String name, Destination server, @Nullable Credentials credentials, Outbound via) {
        this(name, server, credentials, via, null);
    }

    /** A proxy over TLS where {@code tls} is given. */
    public HttpOutbound(String name, Destination server, @Nullable Credentials credentials, Outbound via,
            @Nullable ClientTls tls) {
        this.name = name;
        this.proxy = new NextProxy("HTTP proxy", server, via, tls, NextProxy.HANDSHAKE);
        this.authorization = credentials == null ? null : basic(credentials);
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
        String authority = authority(connection.destination());
        return proxy.reach(connection, () -> HttpConnect.tunnel(proxy.who(), authority, authorization),
                (stream, status) -> stream);
    }

    @Override
    public Future<Hop> connectHop(Connection connection) {
        if (!FarTargets.allowed(connection)) {
            return connection.loop().newFailedFuture(FarTargets.refusal(connection));
        }
        return proxy.open(connection, stream -> Hop.toProxy(stream, authorization));
    }

    @Override
    public Future<PacketChannel> associate(Connection connection) {
        return connection.loop().newFailedFuture(
                new ConnectFailedException(Failure.NOT_SUPPORTED, "the " + proxy.who() + " carries no UDP", null));
    }

    @Override
    public boolean perClient() {
        return proxy.via().perClient();
    }

    /** {@code host:port}; the zone of an IPv6 address means nothing elsewhere (RFC 6874 §1). */
    private static String authority(Destination target) {
        String text = target.toString();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone) + text.substring(text.indexOf(']'));
    }

    private static String basic(Credentials credentials) {
        String pair = credentials.user() + ":" + credentials.password();
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }
}
