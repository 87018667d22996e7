package dev.sluice.app.config;

import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How connections of reliable UDP behave, at either end.
 *
 * @param congestion how the sending rate is found
 * @param errorCorrection whether repair packets are wanted
 * @param keepAlive after so long without sending, a PING; zero for never
 * @param idle without a packet for so long, a connection is over
 * @param earlyData whether data goes with the first flight, or is taken from it
 * @param maxPacket largest UDP payload that is tried, bytes
 * @param trace where each connection writes a trace; null for nowhere
 */
public record RudpOptions(CongestionAlgorithm congestion, boolean errorCorrection, Duration keepAlive, Duration idle,
        boolean earlyData, int maxPacket, @Nullable Path trace) {
    private static final Key<CongestionAlgorithm> CC = Key.of("cc",
            ScalarType.of("bbr, cubic, vegas or fixed-rate=BITS", Map.of("type", "string"), CongestionAlgorithm::parse), "bbr",
            "How the sending rate is found; fixed-rate takes bits per second with the suffix k, m or g, for links that you know.");
    private static final Key<Boolean> FEC = Key.of("fec", Scalars.BOOLEAN, "false",
            "Repair packets for lossy long links, where the other end wants them too.");
    private static final Key<Duration> KEEP_ALIVE = Key.of("keep-alive", Scalars.DURATION_TYPE, "15s",
            "After so long without sending, a ping, and sooner where the idle limit of either end is less than twice of it;"
                    + " 0s for never.");
    private static final Key<Duration> IDLE = Key.of("idle", Scalars.DURATION_TYPE, "30s",
            "Without a packet from the other end for so long, a connection is over.");
    private static final Key<Boolean> EARLY_DATA = Key.of("early-data", Scalars.BOOLEAN, "false",
            "Data with the first flight, where both ends say so and the server's key is known. It can be replayed within limits.");
    private static final Key<Integer> MAX_PACKET = Key.of("max-packet", Scalars.integer(1200, ConnectionConfig.MAX_PACKET),
            "16200",
            "Bytes of the largest UDP payload that is tried where our interfaces carry it; paths that carry less are found out.");

    private static final Key<Path> TRACE = Key.optional("trace", Scalars.PATH,
            "A directory in which each connection writes what its packets do, in qlog's form, for programs that draw it. Slow; holds no"
                    + " content and no keys.");

    /** The keys, for both ends. */
    static final List<Key<?>> KEYS = List.of(CC, FEC, KEEP_ALIVE, IDLE, EARLY_DATA, MAX_PACKET, TRACE);

    static RudpOptions of(Values v) {
        return new RudpOptions(v.get(CC), v.get(FEC), v.get(KEEP_ALIVE), v.get(IDLE), v.get(EARLY_DATA), v.get(MAX_PACKET),
                v.find(TRACE));
    }

    /** With another way to find the sending rate. */
    public RudpOptions withCongestion(CongestionAlgorithm with) {
        return new RudpOptions(with, errorCorrection, keepAlive, idle, earlyData, maxPacket, trace);
    }

    /** Sets all of them. */
    public RudpConfig.Builder applyTo(RudpConfig.Builder builder) {
        if (trace != null) {
            builder.traceDirectory(trace);
        }
        return builder.congestion(congestion).errorCorrection(errorCorrection).keepAlive(keepAlive).idleTimeout(idle)
                .earlyData(earlyData).maxPacket(maxPacket);
    }
}
