package dev.sluice.mux;

import java.time.Duration;

/**
 * How much a session whose protocol has no windows keeps for readers who do not read. From there on it stops reading its carrier.
 *
 * @param loneStream bytes for a stream that is the only one
 * @param stream bytes for one stream among several
 * @param session bytes for all streams together
 * @param stall how long a stream that takes nothing may keep others from getting anything, and how long a lost one keeps what had
 *     arrived for a reader who takes nothing
 */
public record MuxLimits(int loneStream, int stream, int session, Duration stall) {
    /** 256 KiB, 2 MiB, 8 MiB, 3 s. */
    public static final MuxLimits DEFAULT = new MuxLimits(256 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024, Duration.ofSeconds(3));
}
