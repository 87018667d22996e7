package dev.sluice.app.server;

import dev.sluice.app.config.OutboundConfig;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.proxy.RudpOutbound;
import dev.sluice.rudp.KnownServers;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.channel.StatisticsListener;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of reliable UDP as an outbound sees it: its name is looked up by the system, its key is remembered at first use. Names and
 * files are left to threads that may wait; everything else is for any thread.
 */
final class RudpPeer implements RudpOutbound.Server {
    private static final Logger log = LoggerFactory.getLogger(RudpPeer.class);

    private final OutboundConfig.Rudp declared;
    private final SharedSecret secret;
    private final Path known;
    private final Executor blocking;
    private final StatisticsListener statistics;
    private final AtomicReference<RudpConfig> config;

    private RudpPeer(OutboundConfig.Rudp declared, SharedSecret secret, Path known, Executor blocking,
            StatisticsListener statistics, @Nullable PublicKey key) {
        this.declared = declared;
        this.secret = secret;
        this.known = known;
        this.blocking = blocking;
        this.statistics = statistics;
        this.config = new AtomicReference<>(configuration(key));
    }

    /** Reads what is remembered of the server, and stretches the secret. On the control thread. */
    static RudpPeer of(OutboundConfig.Rudp declared, Path directory, Executor blocking, Observers observers)
            throws StartException {
        Path known = directory.resolve("known-servers");
        PublicKey key = declared.key();
        try {
            PublicKey given = key != null ? key : KnownServers.find(known, address(declared.server()));
            SharedSecret secret = SharedSecret.of(declared.secret().reveal().getBytes(StandardCharsets.UTF_8));
            return new RudpPeer(declared, secret, known, blocking, observers.rudp().apply("outbound", declared.name()), given);
        } catch (IOException e) {
            throw new StartException("outbound '" + declared.name() + "': " + e.getMessage(), e);
        }
    }

    private static InetSocketAddress address(Destination server) {
        return InetSocketAddress.createUnresolved(server.host().toString(), server.port());
    }

    private RudpConfig configuration(@Nullable PublicKey key) {
        RudpConfig.Builder builder = declared.options().applyTo(RudpConfig.builder()).secret(secret).statistics(statistics);
        return (key == null ? builder : builder.serverKey(key)).build();
    }

    @Override
    public Future<InetSocketAddress> address(EventLoop loop) {
        Host host = declared.server().host();
        int port = declared.server().port();
        if (host instanceof Host.Address a) {
            return loop.newSucceededFuture(new InetSocketAddress(a.value(), port));
        }
        Promise<InetSocketAddress> found = loop.newPromise();
        blocking.execute(() -> {
            try {
                found.trySuccess(new InetSocketAddress(InetAddress.getAllByName(host.toString())[0], port));
            } catch (UnknownHostException e) {
                found.tryFailure(new IOException("no host has the name " + host, e));
            }
        });
        return found;
    }

    @Override
    public RudpConfig config() {
        return Objects.requireNonNull(config.get());
    }

    @Override
    public void learned(PublicKey key) {
        RudpConfig before = config();
        if (before.serverKey() == null && config.compareAndSet(before, configuration(key))) {
            log.info("outbound '{}': the server has the key {}; it is remembered, and must stay the same", declared.name(), key);
            blocking.execute(() -> {
                try {
                    KnownServers.remember(known, address(declared.server()), key);
                } catch (IOException e) {
                    log.warn("outbound '{}': the server's key cannot be kept in {}: {}", declared.name(), known, e.toString());
                }
            });
        }
    }
}
