package dev.sluice.anytls;

import dev.sluice.anytls.padding.PaddingScheme;
import java.time.Duration;

/**
 * How a server treats its sessions.
 *
 * @param scheme what clients that have another one are sent
 * @param maxStreams how many streams one session may have open; a SYN beyond that is answered with an error
 * @param answerWithin a SYN is answered within this, whatever its target does: Go's clients give a session up after 3 s
 */
public record ServerSessionOptions(PaddingScheme scheme, int maxStreams, Duration answerWithin) {
    /** The default scheme, 1,024 streams, 2 s. */
    public static final ServerSessionOptions DEFAULT = new ServerSessionOptions(PaddingScheme.DEFAULT, 1024,
            Duration.ofSeconds(2));
}
