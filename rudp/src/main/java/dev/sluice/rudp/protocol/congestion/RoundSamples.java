package dev.sluice.rudp.protocol.congestion;

/**
 * What was measured at the acknowledgements of one round trip, and the median of it: a network that delivers some packets, or some
 * acknowledgements, ahead of the others makes extremes that say nothing about the path. A round of many samples keeps an even spread of
 * them. Its owner's thread only; allocates nothing.
 */
final class RoundSamples {
    private static final int MAX = 64;

    private final long[] samples = new long[MAX];
    private int count;
    private int seen;

    void add(long sample) {
        seen++;
        if (count < MAX) {
            samples[count++] = sample;
        } else {
            samples[(int) ((seen * 0x9e3779b9L) >>> 8) & (MAX - 1)] = sample;
        }
    }

    int count() {
        return count;
    }

    void clear() {
        count = 0;
        seen = 0;
    }

    /** The smallest; 0 where there is none. */
    long least() {
        long least = count == 0 ? 0 : samples[0];
        for (int i = 1; i < count; i++) {
            least = Math.min(least, samples[i]);
        }
        return least;
    }

    /** 0 where there is none. By insertion, for a few dozen values once a round. */
    long median() {
        for (int i = 1; i < count; i++) {
            long value = samples[i];
            int j = i - 1;
            while (j >= 0 && samples[j] > value) {
                samples[j + 1] = samples[j];
                j--;
            }
            samples[j + 1] = value;
        }
        return count == 0 ? 0 : samples[count / 2];
    }
}
