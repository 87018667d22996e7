package dev.sluice.net;

import dev.sluice.core.CloseReason;
import java.time.Duration;

/**
 * How a relay ended.
 *
 * @param up bytes from the client to the target
 * @param down bytes from the target to the client
 * @param duration from the join to the end
 * @param reason why, and by whom
 */
public record RelayResult(long up, long down, Duration duration, CloseReason reason) {}
