package dev.sluice.rudp.protocol;

import java.util.Arrays;

/**
 * A set of longs, kept as sorted ranges that neither overlap nor touch: packet numbers that arrived, bytes that are acknowledged or
 * lost. Ends are exclusive. Adding at the upper end, the usual case, takes constant time.
 */
final class LongRanges {
    private long[] starts = new long[4];
    private long[] ends = new long[4];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    long start(int index) {
        return starts[index];
    }

    long end(int index) {
        return ends[index];
    }

    /** The lowest member. */
    long first() {
        return starts[0];
    }

    void clear() {
        count = 0;
    }

    boolean contains(long value) {
        int at = indexOf(value);
        return at < count && starts[at] <= value;
    }

    /** The lowest value from {@code from} on that is missing. */
    long nextMissing(long from) {
        int at = indexOf(from);
        return at < count && starts[at] <= from ? ends[at] : from;
    }

    /** The lowest member from {@code from} on, or {@code limit} if there is none below it. */
    long nextMember(long from, long limit) {
        int at = indexOf(from);
        return at == count ? limit : Math.min(limit, Math.max(from, starts[at]));
    }

    /** Adds all from {@code start} to before {@code end}; returns how many of them were new. */
    long add(long start, long end) {
        if (start >= end) {
            return 0;
        }
        if (count == 0 || start > ends[count - 1]) {
            insert(count, start, end);
            return end - start;
        }
        int low = indexOf(start);
        if (low > 0 && ends[low - 1] == start) {
            low--;
        }
        int high = low;
        long covered = 0;
        long from = start;
        long to = end;
        while (high < count && starts[high] <= end) {
            covered += Math.max(0, Math.min(ends[high], end) - Math.max(starts[high], start));
            from = Math.min(from, starts[high]);
            to = Math.max(to, ends[high]);
            high++;
        }
        if (high == low) {
            insert(low, start, end);
        } else {
            starts[low] = from;
            ends[low] = to;
            delete(low + 1, high);
        }
        return end - start - covered;
    }

    /** Removes all from {@code start} to before {@code end}. */
    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        int at = indexOf(start);
        if (at < count && starts[at] < start) {
            long tail = ends[at];
            ends[at] = start;
            at++;
            if (tail > end) {
                insert(at, end, tail);
                return;
            }
        }
        int to = at;
        while (to < count && ends[to] <= end) {
            to++;
        }
        if (to < count && starts[to] < end) {
            starts[to] = end;
        }
        delete(at, to);
    }

    void removeBelow(long value) {
        if (count > 0 && starts[0] < value) {
            remove(starts[0], value);
        }
    }

    void removeFirst() {
        delete(0, 1);
    }

    /** The first range that ends above {@code value}. */
    private int indexOf(long value) {
        if (count == 0 || value >= ends[count - 1]) {
            return count;
        }
        int low = 0;
        int high = count - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ends[middle] > value) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private void insert(int at, long start, long end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        if (at < count) {
            System.arraycopy(starts, at, starts, at + 1, count - at);
            System.arraycopy(ends, at, ends, at + 1, count - at);
        }
        starts[at] = start;
        ends[at] = end;
        count++;
    }

    private void delete(int from, int to) {
        if (from < to) {
            System.arraycopy(starts, to, starts, from, count - to);
            System.arraycopy(ends, to, ends, from, count - to);
            count -= to - from;
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append(starts[i]).append('-').append(ends[i] - 1);
        }
        return text.append(']').toString();
    }
}
