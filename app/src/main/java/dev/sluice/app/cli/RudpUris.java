package dev.sluice.app.cli;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Fault;
import dev.sluice.app.config.InboundConfig;
import dev.sluice.app.config.OutboundConfig;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.config.Place;
import dev.sluice.app.config.Reasons;
import dev.sluice.app.config.RudpOptions;
import dev.sluice.app.server.StateDirectory;
import dev.sluice.rudp.RudpClient;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two ends that {@code rudp://} URIs of the command line describe. They are read as {@code --listen} and {@code --via} of
 * {@code sluice run} are, so that they take the same options and the same faults are found.
 */
final class RudpUris {
    private static final Duration ANSWER = Duration.ofSeconds(8);
    private static final int HANDSHAKE_AT_LEAST = 3;
    private static final int HANDSHAKE_AT_MOST = 7;

    private RudpUris() {}

    /** What a URI to listen on says. */
    record Listen(InboundConfig.Rudp config, Path stateDirectory) {
        /** Listens. */
        RudpServer bind() throws IOException {
            return RudpServer.bind(config.listening().addresses().getFirst().value(),
                    config.options().applyTo(RudpConfig.builder()).secret(config.secret().reveal()).maxStreams(config.streams())
                            .key(key(stateDirectory.resolve("server.key"))).build());
        }

        private static StaticKey key(Path file) throws IOException {
            try {
                return RudpServer.keyOf(file);
            } catch (IOException e) {
                throw new IOException("the key " + file + " cannot be kept: " + Reasons.of(e), e);
            }
        }
    }

    /** What a URI to connect to says. */
    record Connect(OutboundConfig.Rudp config, Path stateDirectory) {
        /** Connects; {@code congestion} is used where it is not null. */
        RudpConnection connect(@Nullable CongestionAlgorithm congestion) throws IOException {
            RudpOptions options = congestion == null ? config.options() : config.options().withCongestion(congestion);
            SharedSecret secret = SharedSecret.of(config.secret().reveal().getBytes(StandardCharsets.UTF_8));
            RudpConfig.Builder builder = options.applyTo(RudpConfig.builder()).secret(secret).handshakeTimeout(handshakeTimeout())
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
        Config config;
        try {
            config = read(List.of(), List.of(rudp(uri)), stateDir);
        } catch (ConfigException e) { // there is no option --via here
            throw new ConfigException(e.faults().stream()
                    .map(f -> new Fault(Place.of(f.place().source().replaceFirst("^--via ", "")), f.message())).toList());
        }
        return new Connect((OutboundConfig.Rudp) config.outbounds().getFirst(), StateDirectory.of(config).resolve("rudp"));
    }

    private static Config read(List<String> listen, List<String> via, @Nullable String stateDir) throws ConfigException {
        return ConfigFile.read(null, new Overrides(listen, via, "off", null, null, stateDir, Path.of("").toAbsolutePath()),
                System.getenv());
    }

    private static String rudp(String uri) throws ConfigException {
        if (!uri.regionMatches(true, 0, "rudp://", 0, 7)) {
            throw new ConfigException(List.of(new Fault(Place.of("URI"), "it is written rudp://secret@host:port")));
        }
        return uri;
    }

    /** Less where the start of the program was slow: a wrong secret is told within 10 s of the command. */
    private static Duration handshakeTimeout() {
        Instant now = Instant.now();
        Duration gone = Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now);
        return Duration.ofSeconds(Math.clamp(ANSWER.minus(gone).toSeconds(), HANDSHAKE_AT_LEAST, HANDSHAKE_AT_MOST));
    }
}
