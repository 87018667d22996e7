package dev.sluice.rudp.channel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sessions by their deadlines, the earliest first: a binary heap in which each knows its place, so that a change costs O(log n). */
final class DeadlineHeap {
    private @Nullable Session[] heap = new Session[16];
    private int size;

    /** The earliest; null for none. */
    @Nullable
    Session first() {
        return size == 0 ? null : heap[0];
    }

    /** Puts it where {@code deadline} wants it, whether or not it is in the heap. */
    void update(Session session, long deadline) {
        int at = session.place;
        if (at < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            at = size++;
        }
        session.deadline = deadline;
        down(up(at, session), session);
    }

    void remove(Session session) {
        int at = session.place;
        if (at < 0) {
            return;
        }
        session.place = -1;
        Session last = get(--size);
        heap[size] = null;
        if (last != session) {
            down(up(at, last), last);
        }
    }

    private Session get(int at) {
        Session session = heap[at];
        if (session == null) {
            throw new IllegalStateException("a hole in the heap");
        }
        return session;
    }

    private int up(int from, Session session) {
        int at = from;
        while (at > 0) {
            int parent = (at - 1) / 2;
            Session above = get(parent);
            if (above.deadline <= session.deadline) {
                break;
            }
            put(at, above);
            at = parent;
        }
        put(at, session);
        return at;
    }

    private void down(int from, Session session) {
        int at = from;
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && get(child + 1).deadline < get(child).deadline) {
                child++;
            }
            Session below = get(child);
            if (below.deadline >= session.deadline) {
                break;
            }
            put(at, below);
            at = child;
        }
        put(at, session);
    }

    private void put(int at, Session session) {
        heap[at] = session;
        session.place = at;
    }
}
