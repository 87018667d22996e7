package dev.sluice.app.cli;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.InboundConfig;
import dev.sluice.app.config.OutboundConfig;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.config.RudpOptions;
import dev.sluice.app.server.StateDirectory;
import dev.sluice.rudp.RudpClient;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two ends that {@code rudp://} URIs of the command line describe. They are read as {@code --listen} and {@code --via} of
 * {@code sluice run} are, so that they take the same options and the same faults are found.
 */
final class RudpUris {
    private RudpUris() {}

    /** What a URI to listen on says. */
    record Listen(InboundConfig.Rudp config, Path stateDirectory) {
        /** Listens. */
        RudpServer bind() throws IOException {
            return RudpServer.bind(config.listening().addresses().getFirst().value(),
                    config.options().applyTo(RudpConfig.builder()).secret(config.secret().reveal()).maxStreams(config.streams())
                            .keyFile(stateDirectory.resolve("server.key")).build());
        }
    }

    /** What a URI to connect to says. */
    record Connect(OutboundConfig.Rudp config, Path stateDirectory) {
        /** Connects; {@code congestion} is used where it is not null. */
        RudpConnection connect(@Nullable CongestionAlgorithm congestion) throws IOException {
            RudpOptions options = congestion == null ? config.options() : config.options().withCongestion(congestion);
            RudpConfig.Builder builder = options.applyTo(RudpConfig.builder()).secret(config.secret().reveal())
                    .knownServers(stateDirectory.resolve("known-servers"));
            PublicKey key = config.key();
            String host = config.server().host().toString();
            try {
                InetAddress address = InetAddress.getAllByName(host)[0];
                return RudpClient.connect(new InetSocketAddress(address, config.server().port()),
                        (key == null ? builder : builder.serverKey(key)).build());
            } catch (UnknownHostException e) {
                throw new IOException("no host has the name " + host, e);
            }
        }
    }

    static Listen listen(String uri, @Nullable String stateDir) throws ConfigException {
        Config config = read(List.of(rudp(uri)), List.of(), stateDir);
        return new Listen((InboundConfig.Rudp) config.inbounds().getFirst(), StateDirectory.of(config).resolve("rudp"));
    }

    static Connect connect(String uri, @Nullable String stateDir) throws ConfigException {
        Config config = read(List.of(), List.of(rudp(uri)), stateDir);
        return new Connect((OutboundConfig.Rudp) config.outbounds().getFirst(), StateDirectory.of(config).resolve("rudp"));
    }

    private static Config read(List<String> listen, List<String> via, @Nullable String stateDir) throws ConfigException {
        return ConfigFile.read(null, new Overrides(listen, via, "off", null, null, stateDir, Path.of("").toAbsolutePath()),
                System.getenv());
    }

    private static String rudp(String uri) {
        if (!uri.regionMatches(true, 0, "rudp://", 0, 7)) {
            throw new IllegalArgumentException("a rudp URI is written rudp://secret@host:port");
        }
        return uri;
    }
}
