package dev.sluice.proxy.group;

import dev.sluice.core.Connection;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of one group: picks one for each connection, and keeps account of how they do.
 *
 * <p>Any thread. Immutable, but for the counters and the health of each member.
 */
public final class Members {
    private static final Logger log = LoggerFactory.getLogger(Members.class);

    private final String group;
    private final List<Member> members;
    private final Selection selection;
    private final Ticker ticker;
    private final Supplier<RandomGenerator> random;

    /** At least one member. */
    public Members(String group, List<Member> members, Selection selection, Ticker ticker, Supplier<RandomGenerator> random) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("group " + group + " has no member");
        }
        this.group = group;
        this.members = List.copyOf(members);
        this.selection = selection;
        this.ticker = ticker;
        this.random = random;
    }

    /** In the order of the configuration. */
    public List<Member> all() {
        return members;
    }

    /** What rests are measured with, in nanoseconds. */
    public long now() {
        return ticker.nanoTime();
    }

    RandomGenerator random() {
        return random.get();
    }

    /**
     * Looks for a member that works, one after the other.
     *
     * @param open opens what the connection needs through a member
     * @param closed when what was opened is gone
     * @param discard closes what came too late
     * @return done on the connection's loop; fails with a {@link dev.sluice.core.ConnectFailedException}; cancelling it cancels
     */
    public <R> Future<R> search(Connection connection, Function<Member, Future<R>> open, Function<R, Future<?>> closed,
            Consumer<R> discard) {
        return new Search<>(this, connection, open, closed, discard).begin();
    }

    /** The member to try next; null where all have been tried. */
    @Nullable
    Member pick(Connection connection, Collection<Member> tried) {
        long now = now();
        List<Member> usable = new ArrayList<>(members.size());
        for (Member member : members) {
            if (!tried.contains(member) && member.health().usable(now)) {
                usable.add(member);
            }
        }
        while (!usable.isEmpty()) {
            Member picked = selection.pick(usable, connection, random.get());
            if (picked.health().claim(now)) {
                return picked;
            }
            usable.remove(picked);
        }
        Member longest = null;
        for (Member member : members) {
            if (!tried.contains(member)
                    && (longest == null || member.health().since() - longest.health().since() < 0)) {
                longest = member;
            }
        }
        if (longest != null) {
            longest.health().force(now);
        }
        return longest;
    }

    /** The member has shown that it works. */
    void worked(Member member) {
        if (member.health().worked() == MemberHealth.Change.RECOVERED) {
            log.info("outbound {}: {} works again", group, member);
        }
    }

    /** The member itself failed. */
    void failed(Member member, Throwable why) {
        if (member.health().failed(now(), random.get().nextDouble()) == MemberHealth.Change.FAILED) {
            log.warn("outbound {}: {} rests: {}", group, member, why.getMessage());
        }
    }
}
