package dev.sluice.proxy;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Slows down guessing: after {@link #FREE} wrong passwords within ten minutes a source waits one second, then two, four, and at
 * most {@link #LONGEST}; until then every answer to it is no. Not longer, because one misconfigured client must not lock out an
 * office that shares its address. The table is bounded; where it overflows, the sources that are quiet for longest are forgotten.
 *
 * <p>Any thread.
 */
final class WrongPasswords {
    static final int FREE = 3;
    static final Duration LONGEST = Duration.ofSeconds(10);
    private static final long SECOND = 1_000_000_000;
    private static final int MOST_SOURCES = 20_000;

    private record Count(int count, long untilNanos) {}

    private final Cache<SourceKey, Count> sources = Caffeine.newBuilder().maximumSize(MOST_SOURCES)
            .expireAfterWrite(Duration.ofMinutes(10)).executor(Runnable::run).build();

    /** Whether the source must wait before it may try again. */
    boolean mustWait(InetAddress source, long now) {
        Count record = sources.getIfPresent(SourceKey.of(source));
        return record != null && record.untilNanos - now > 0;
    }

    /** One more wrong password. */
    void count(InetAddress source, long now) {
        sources.asMap().compute(SourceKey.of(source), (key, was) -> next(was, now));
    }

    private static Count next(@Nullable Count was, long now) {
        int count = was == null ? 1 : was.count + 1;
        long pause = count < FREE ? 0 : Math.min(SECOND << Math.min(count - FREE, 10), LONGEST.toNanos());
        return new Count(count, now + pause);
    }
}
