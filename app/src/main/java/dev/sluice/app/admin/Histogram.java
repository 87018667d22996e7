package dev.sluice.app.admin;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;

/** How long something took, in buckets from 1 ms to 30 s. Any thread; one look-up and three additions for each event. */
final class Histogram {
    /** Upper bounds, seconds; one more bucket takes what is longer. */
    private static final double[] BOUNDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

    private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
    private final LongAdder nanos = new LongAdder();

    Histogram() {
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = new LongAdder();
        }
    }

    void add(Duration took) {
        double seconds = took.toNanos() / 1e9;
        int i = 0;
        while (i < BOUNDS.length && seconds > BOUNDS[i]) {
            i++;
        }
        buckets[i].increment();
        nanos.add(took.toNanos());
    }

    /** The upper bounds, the last one infinite. */
    static double[] bounds() {
        double[] all = Arrays.copyOf(BOUNDS, BOUNDS.length + 1);
        all[BOUNDS.length] = Double.POSITIVE_INFINITY;
        return all;
    }

    /** How many fell into each bucket; not cumulative. */
    long[] counts() {
        long[] counts = new long[buckets.length];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = buckets[i].sum();
        }
        return counts;
    }

    /** The sum of all, seconds. */
    double sum() {
        return nanos.sum() / 1e9;
    }
}
