package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.congestion.CongestionControl;
import dev.sluice.rudp.protocol.wire.TransportParameters;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;

/** How a connection behaves. Immutable; {@link #DEFAULT}, or a {@link Builder} for something else. Sizes in bytes. */
public final class ConnectionConfig {
    /** Smallest UDP payload that every path must carry. */
    public static final int MIN_PACKET = 1200;
    /** Largest UDP payload that any path may be tried with. */
    public static final int MAX_PACKET = 16_200;

    /** What a client may send before it knows the server's limits; no server announces less. */
    static final int EARLY_MAX_DATA = TransportParameters.LEAST_DATA;
    static final int EARLY_MAX_STREAMS = TransportParameters.LEAST_STREAMS;

    /** Usual values. */
    public static final ConnectionConfig DEFAULT = new Builder().build();

    final long idleTimeout;
    final long keepAlive;
    final long handshakeTimeout;
    final long maxAckDelay;
    final int streamWindow;
    final int maxStreamWindow;
    final int connectionWindow;
    final int maxConnectionWindow;
    final int maxStreams;
    final int streamSendBuffer;
    final int connectionSendBuffer;
    final int datagramBuffer;
    final int maxPacket;
    final boolean mtuDiscovery;
    final ToIntFunction<InetSocketAddress> link;
    final IntFunction<CongestionControl> congestion;
    final boolean ecn;
    final boolean fec;
    final boolean earlyData;

    private ConnectionConfig(Builder b) {
        idleTimeout = b.idleTimeout.toNanos();
        keepAlive = b.keepAlive.toNanos();
        handshakeTimeout = b.handshakeTimeout.toNanos();
        maxAckDelay = b.maxAckDelay.toNanos();
        maxStreamWindow = Math.max(b.maxStreamWindow, EARLY_MAX_DATA);
        streamWindow = Math.clamp(b.streamWindow, EARLY_MAX_DATA, maxStreamWindow);
        maxConnectionWindow = Math.max(b.maxConnectionWindow, EARLY_MAX_DATA);
        connectionWindow = Math.clamp(b.connectionWindow, EARLY_MAX_DATA, maxConnectionWindow);
        maxStreams = Math.max(b.maxStreams, EARLY_MAX_STREAMS);
        streamSendBuffer = Math.max(b.streamSendBuffer, 1);
        connectionSendBuffer = Math.max(b.connectionSendBuffer, 1);
        datagramBuffer = Math.max(b.datagramBuffer, 0);
        maxPacket = Math.clamp(b.maxPacket, MIN_PACKET, MAX_PACKET);
        mtuDiscovery = b.mtuDiscovery;
        link = b.link;
        congestion = b.congestion;
        ecn = b.ecn;
        fec = b.fec;
        earlyData = b.earlyData;
    }

    /** Without a packet for so long, the connection is over. */
    public Duration idleTimeout() {
        return Duration.ofNanos(idleTimeout);
    }

    /** The handshake ends or fails within this. */
    public Duration handshakeTimeout() {
        return Duration.ofNanos(handshakeTimeout);
    }

    /** Largest UDP payload that is tried and taken. */
    public int maxPacket() {
        return maxPacket;
    }

    /** Whether data of a first flight is sent and taken. */
    public boolean earlyData() {
        return earlyData;
    }

    /** Collects values. Each setter's argument has the meaning of the field in the documentation of the configuration. */
    public static final class Builder {
        private Duration idleTimeout = Duration.ofSeconds(30);
        private Duration keepAlive = Duration.ofSeconds(15);
        private Duration handshakeTimeout = Duration.ofSeconds(10);
        private Duration maxAckDelay = Duration.ofMillis(25);
        private int streamWindow = 1024 * 1024;
        private int maxStreamWindow = 16 * 1024 * 1024;
        private int connectionWindow = 2 * 1024 * 1024;
        private int maxConnectionWindow = 24 * 1024 * 1024;
        private int maxStreams = 1000;
        private int streamSendBuffer = 8 * 1024 * 1024;
        private int connectionSendBuffer = 24 * 1024 * 1024;
        private int datagramBuffer = 256 * 1024;
        private int maxPacket = 1452;
        private boolean mtuDiscovery = true;
        private ToIntFunction<InetSocketAddress> link = peer -> MAX_PACKET;
        private IntFunction<CongestionControl> congestion = CongestionAlgorithm.BBR::create;
        private boolean ecn;
        private boolean fec;
        private boolean earlyData;

        /** Starts with the usual values. */
        public Builder() {}

        /** Without a packet for so long, the connection is over. */
        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        /** After so long without sending, a PING; zero for never. */
        public Builder keepAlive(Duration value) {
            keepAlive = value;
            return this;
        }

        /** The handshake ends or fails within this. */
        public Builder handshakeTimeout(Duration value) {
            handshakeTimeout = value;
            return this;
        }

        /** Acknowledgements wait no longer than this. */
        public Builder maxAckDelay(Duration value) {
            maxAckDelay = value;
            return this;
        }

        /** Receive window of a stream at first and at most. */
        public Builder streamWindow(int first, int max) {
            streamWindow = first;
            maxStreamWindow = max;
            return this;
        }

        /** Receive window of the connection at first and at most: the bound of what a peer can make us keep. */
        public Builder connectionWindow(int first, int max) {
            connectionWindow = first;
            maxConnectionWindow = max;
            return this;
        }

        /** How many streams of the peer may be open at a time. */
        public Builder maxStreams(int value) {
            maxStreams = value;
            return this;
        }

        /** What is written and not yet acknowledged: at most so much on a stream and on the connection. */
        public Builder sendBuffer(int stream, int connection) {
            streamSendBuffer = stream;
            connectionSendBuffer = connection;
            return this;
        }

        /** Unreliable messages that wait, each way; 0 for none at all. */
        public Builder datagramBuffer(int value) {
            datagramBuffer = value;
            return this;
        }

        /** Largest UDP payload that is taken, and tried where {@link #link} carries it; 1200 to {@link #MAX_PACKET}. */
        public Builder maxPacket(int value) {
            maxPacket = value;
            return this;
        }

        /** Whether larger packets than 1200 bytes are looked for. */
        public Builder mtuDiscovery(boolean value) {
            mtuDiscovery = value;
            return this;
        }

        /** The UDP payload that our own end of a path to a peer carries at most: the search goes no further. */
        public Builder link(ToIntFunction<InetSocketAddress> value) {
            link = value;
            return this;
        }

        /** How the sending rate is found. */
        public Builder congestion(CongestionAlgorithm value) {
            congestion = value::create;
            return this;
        }

        /** Makes a controller for each path, given the bytes of a datagram: one that is not in this library. */
        public Builder congestion(IntFunction<CongestionControl> factory) {
            congestion = factory;
            return this;
        }

        /** Whether packets are sent with ECT(0); only where the peer's socket can read the marks is it of use. */
        public Builder ecn(boolean value) {
            ecn = value;
            return this;
        }

        /** Repair packets, where the peer wants them too. */
        public Builder fec(boolean value) {
            fec = value;
            return this;
        }

        /** Data in the first flight: sent by a client, taken by a server. Such data can be replayed within limits. */
        public Builder earlyData(boolean value) {
            earlyData = value;
            return this;
        }

        /** The configuration. */
        public ConnectionConfig build() {
            return new ConnectionConfig(this);
        }
    }
}
