package dev.sluice.rudp;

import dev.sluice.rudp.channel.StatisticsListener;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link RudpServer} or {@link RudpClient} behaves. Immutable; any thread; never shows its secrets. {@link #builder} begins with
 * the usual values; none must be set, though without a secret a server talks to everybody.
 */
public final class RudpConfig {
    private final Builder values;
    private final @Nullable SharedSecret secret;

    private RudpConfig(Builder values, @Nullable SharedSecret secret) {
        this.values = values.copy();
        this.secret = secret;
    }

    /** Begins with the usual values. */
    public static Builder builder() {
        return new Builder();
    }

    /** The shared secret; null for none. */
    public @Nullable SharedSecret secret() {
        return secret;
    }

    /** Our static key; null where {@link #keyFile} has it, or a new one is made for this run. */
    public @Nullable StaticKey key() {
        return values.key;
    }

    /** Where our static key is kept; made there at first use. */
    public @Nullable Path keyFile() {
        return values.keyFile;
    }

    /** The server's key, where it is known beforehand. */
    public @Nullable PublicKey serverKey() {
        return values.serverKey;
    }

    /** Where servers' keys are remembered at first use; null for not at all. */
    public @Nullable Path knownServers() {
        return values.knownServers;
    }

    /** The ciphers of our handshakes. */
    public Aead cipher() {
        return values.cipher;
    }

    /** How the sending rate is found. */
    public CongestionAlgorithm congestion() {
        return values.congestion;
    }

    /** Without a packet for so long, a connection is over; zero for never. */
    public Duration idleTimeout() {
        return values.idleTimeout;
    }

    /** After so long without sending, a PING; zero for never. */
    public Duration keepAlive() {
        return values.keepAlive;
    }

    /** How long a handshake may take. */
    public Duration handshakeTimeout() {
        return values.handshakeTimeout;
    }

    /** How long a connection that we close goes on delivering what was written. */
    public Duration linger() {
        return values.linger;
    }

    /** Largest UDP payload that is tried, bytes. */
    public int maxPacket() {
        return values.maxPacket;
    }

    /** How many streams of the peer may be open at a time. */
    public int maxStreams() {
        return values.maxStreams;
    }

    /** How many connections a server takes. */
    public int maxConnections() {
        return values.maxConnections;
    }

    /** Whether repair packets are wanted. */
    public boolean errorCorrection() {
        return values.errorCorrection;
    }

    /** Whether data goes with the first flight, or is taken from it. */
    public boolean earlyData() {
        return values.earlyData;
    }

    /** How many sockets a server opens on its port, each on a loop of its own. */
    public int sockets() {
        return values.sockets;
    }

    /** The directory of traces; null for none. */
    public @Nullable Path traceDirectory() {
        return values.traceDirectory;
    }

    /** Hears what connections do; {@link StatisticsListener#NONE} for nobody. */
    public StatisticsListener statistics() {
        return values.statistics;
    }

    @Override
    public String toString() {
        return "RudpConfig[secret=" + (secret == null ? "none" : "...") + ", congestion=" + values.congestion + "]";
    }

    /** Collects values. One thread. */
    public static final class Builder {
        /** A hundred years: longer ones cannot be counted in nanoseconds. */
        private static final Duration LONGEST = Duration.ofDays(36_500);

        private byte @Nullable [] secret;
        private @Nullable SharedSecret stretched;
        private @Nullable StaticKey key;
        private @Nullable Path keyFile;
        private @Nullable PublicKey serverKey;
        private @Nullable Path knownServers;
        private Aead cipher = Aead.AES_GCM;
        private CongestionAlgorithm congestion = CongestionAlgorithm.BBR;
        private Duration idleTimeout = Duration.ofSeconds(30);
        private Duration keepAlive = Duration.ofSeconds(15);
        private Duration handshakeTimeout = Duration.ofSeconds(7);
        private Duration linger = Duration.ofSeconds(10);
        private int maxPacket = ConnectionConfig.MAX_PACKET;
        private int maxStreams = 1000;
        private int maxConnections = 100_000;
        private boolean errorCorrection;
        private boolean earlyData;
        private int sockets = 1;
        private @Nullable Path traceDirectory;
        private StatisticsListener statistics = StatisticsListener.NONE;

        private Builder() {}

        private Builder copy() {
            Builder copy = new Builder();
            copy.key = key;
            copy.keyFile = keyFile;
            copy.serverKey = serverKey;
            copy.knownServers = knownServers;
            copy.cipher = cipher;
            copy.congestion = congestion;
            copy.idleTimeout = idleTimeout;
            copy.keepAlive = keepAlive;
            copy.handshakeTimeout = handshakeTimeout;
            copy.linger = linger;
            copy.maxPacket = maxPacket;
            copy.maxStreams = maxStreams;
            copy.maxConnections = maxConnections;
            copy.errorCorrection = errorCorrection;
            copy.earlyData = earlyData;
            copy.sockets = sockets;
            copy.traceDirectory = traceDirectory;
            copy.statistics = statistics;
            return copy;
        }

        /** What both ends must know; none means that everybody may connect. */
        public Builder secret(String value) {
            secret = value.getBytes(StandardCharsets.UTF_8);
            stretched = null;
            return this;
        }

        /** A secret that was stretched before. */
        public Builder secret(SharedSecret value) {
            secret = null;
            stretched = value;
            return this;
        }

        /** Our static key. */
        public Builder key(StaticKey value) {
            key = value;
            return this;
        }

        /** Where our static key is kept; it is made there, readable by its owner only, where there is none. For servers. */
        public Builder keyFile(Path value) {
            keyFile = value;
            return this;
        }

        /** The server's key: nobody else can answer, and data can go with the first flight. For clients. */
        public Builder serverKey(PublicKey value) {
            serverKey = value;
            return this;
        }

        /** A file in which servers' keys are remembered at first use; a server that comes with another key is refused. For clients. */
        public Builder knownServers(Path value) {
            knownServers = value;
            return this;
        }

        /** The ciphers of a client's handshakes; servers take both. */
        public Builder cipher(Aead value) {
            cipher = value;
            return this;
        }

        /** How the sending rate is found; BBR. */
        public Builder congestion(CongestionAlgorithm value) {
            congestion = value;
            return this;
        }

        /** Without a packet for so long, a connection is over; zero for never; 30 s. The shorter one of both ends counts. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** After so long without sending, a PING, but sooner where the idle limit is less than twice of it; zero for never; 15 s. */
        public Builder keepAlive(Duration value) {
            keepAlive = value;
            return this;
        }

        /** How long a handshake may take, and with it the answer to a wrong secret; 7 s. */
        public Builder handshakeTimeout(Duration value) {
            handshakeTimeout = value;
            return this;
        }

        /** How long a connection that we close goes on delivering what was written; 10 s. */
        public Builder linger(Duration value) {
            linger = value;
            return this;
        }

        /**
         * Largest UDP payload that is tried, 1200 to {@value ConnectionConfig#MAX_PACKET} bytes. The usual value leaves the limit to the
         * interfaces: 1452 bytes on Ethernet, more with jumbo frames and on loopback.
         */
        public Builder maxPacket(int value) {
            maxPacket = value;
            return this;
        }

        /** How many streams of the peer may be open at a time; 1000. Fewer than 64 count as 64: a first flight may open so many. */
        public Builder maxStreams(int value) {
            maxStreams = value;
            return this;
        }

        /** How many connections a server takes; 100,000. */
        public Builder maxConnections(int value) {
            maxConnections = value;
            return this;
        }

        /** Repair packets for lossy long links, where the peer wants them too; off. */
        public Builder errorCorrection(boolean value) {
            errorCorrection = value;
            return this;
        }

        /** Data with the first flight: sent by a client, taken by a server. It can be replayed within limits; off. */
        public Builder earlyData(boolean value) {
            earlyData = value;
            return this;
        }

        /** How many sockets a server opens on its port, each on a loop of its own; 1. Needs epoll. */
        public Builder sockets(int value) {
            sockets = value;
            return this;
        }

        /**
         * Where each connection writes a trace in the form of qlog, a file each; off. A trace tells of packets, sizes, times and addresses,
         * never of content or keys. It costs a good part of the speed.
         */
        public Builder traceDirectory(Path value) {
            traceDirectory = value;
            return this;
        }

        /** Hears what all connections do, for metrics; nobody. */
        public Builder statistics(StatisticsListener value) {
            statistics = value;
            return this;
        }

        /**
         * The configuration. With a secret in words this takes some 100 ms of processor time: never on an event loop.
         *
         * @throws IllegalArgumentException for values that cannot be
         */
        public RudpConfig build() {
            if (maxPacket < 1200 || maxPacket > ConnectionConfig.MAX_PACKET || maxStreams < 1 || sockets < 1
                    || maxConnections < 1) {
                throw new IllegalArgumentException(
                        "out of range: packets of " + maxPacket + " bytes (1200 to " + ConnectionConfig.MAX_PACKET + "), "
                                + maxStreams
                                + " streams, " + sockets + " sockets, " + maxConnections + " connections (at least 1)");
            }
            check("idleTimeout", idleTimeout, Duration.ZERO);
            check("keepAlive", keepAlive, Duration.ZERO);
            check("handshakeTimeout", handshakeTimeout, Duration.ofMillis(1));
            check("linger", linger, Duration.ZERO);
            byte[] words = secret;
            if (words != null) {
                stretched = SharedSecret.of(words);
                Arrays.fill(words, (byte) 0);
                secret = null;
            }
            return new RudpConfig(this, stretched);
        }

        private static void check(String name, Duration value, Duration least) {
            if (value.compareTo(least) < 0 || value.compareTo(LONGEST) > 0) {
                throw new IllegalArgumentException(
                        name + " is " + value.toString().substring(2).toLowerCase(Locale.ROOT) + ": at least "
                                + least.toMillis() + " ms, at most " + LONGEST.toDays() + " days");
            }
        }
    }
}
