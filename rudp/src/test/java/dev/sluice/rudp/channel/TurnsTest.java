package dev.sluice.rudp.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Fake work = new Fake();
    private final Turns turns = new Turns(channel.eventLoop(), work);

    /** Every session always has more to send where {@code endless} names it; nobody can send while {@code full}. */
    private static final class Fake implements Turns.Work {
        final List<Session> driven = new ArrayList<>();
        final Set<Session> endless = new HashSet<>();
        final Set<Session> ended = new HashSet<>();
        boolean full;
        int flushes;

        @Override
        public void begin() {}

        @Override
        public boolean canSend(Session session) {
            return !full;
        }

        @Override
        public boolean drive(Session session, long now, int batches) {
            driven.add(session);
            return batches == 0 || endless.contains(session);
        }

        @Override
        public boolean over(Session session) {
            return ended.contains(session);
        }

        @Override
        public long deadline(Session session, long now) {
            return Turns.NEVER;
        }

        @Override
        public void flush() {
            flushes++;
        }
    }

    @SuppressWarnings("NullAway") // the work is not done
    private static Session session() {
        return new Session(null, null);
    }

    private List<Session> turn() {
        work.driven.clear();
        channel.runPendingTasks();
        return work.driven;
    }

    @AfterEach
    void close() {
        turns.end();
        channel.close();
    }

    @Test
    void oneTurnForManyTouches() {
        Session one = session();
        Session two = session();
        turns.touch(one);
        turns.touch(two);
        turns.touch(one);
        assertThat(turn()).containsExactly(one, two);
        assertThat(turn()).isEmpty();
        assertThat(work.flushes).isEqualTo(1);
    }

    @Test
    void notBeforeAllDatagramsAreRead() {
        Session one = session();
        turns.reading();
        turns.touch(one);
        turns.touch(one);
        assertThat(turn()).isEmpty();
        turns.readComplete();
        assertThat(work.driven).containsExactly(one);
    }

    @Test
    void whoHasMoreComesAgainBehindTheOthers() {
        List<Session> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(session());
        }
        work.endless.add(many.get(0));
        many.forEach(turns::touch);
        turns.readComplete();
        assertThat(work.driven).containsExactlyElementsOf(many.subList(0, 32));
        work.endless.clear();
        List<Session> rest = new ArrayList<>(many.subList(32, 100));
        rest.add(many.get(0));
        assertThat(turn()).containsExactlyElementsOf(rest);
    }

    @Test
    void onlyWhoWaitsForTheSystemIsDrivenWhenItTakesMore() {
        Session sends = session();
        Session idle = session();
        turns.touch(idle);
        turn();
        work.full = true;
        turns.touch(sends);
        assertThat(turn()).containsExactly(sends);
        assertThat(turn()).isEmpty();
        work.full = false;
        turns.writableAgain();
        assertThat(turn()).containsExactly(sends);
        turns.writableAgain();
        assertThat(turn()).isEmpty();
    }

    @Test
    void whatIsOverIsNotDrivenAgain() {
        Session session = session();
        work.endless.add(session);
        work.ended.add(session);
        turns.touch(session);
        assertThat(turn()).containsExactly(session);
        assertThat(turn()).isEmpty();
        work.full = true;
        turns.touch(session);
        assertThat(turn()).containsExactly(session);
        work.full = false;
        turns.writableAgain();
        assertThat(turn()).isEmpty();
    }
}
