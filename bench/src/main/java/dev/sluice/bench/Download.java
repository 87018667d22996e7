package dev.sluice.bench;

import java.util.Locale;

/**
 * What a receiver saw of one download.
 *
 * @param bytes that arrived and were compared
 * @param seconds from the first byte to the last look
 * @param silenceMillis the longest time without a byte, after the first one
 */
record Download(long bytes, double seconds, double silenceMillis) {

    double megabits() {
        return seconds <= 0 ? 0 : bytes * 8 / seconds / 1e6;
    }

    /** As one line, for another process. */
    String line() {
        return String.format(Locale.ROOT, "done %d %.6f %.3f", bytes, seconds, silenceMillis);
    }

    /** Of {@link #line}; null for any other line. */
    static @org.jspecify.annotations.Nullable Download parse(String line) {
        String[] words = line.split(" ", -1);
        return words.length == 4 && words[0].equals("done")
                ? new Download(Long.parseLong(words[1]), Double.parseDouble(words[2]), Double.parseDouble(words[3]))
                : null;
    }

    /** Watches bytes come. One thread. */
    static final class Watch {
        private long first;
        private long last;
        private long silence;
        private long bytes;

        /** {@code total} bytes have come until {@code now}, in nanoseconds. */
        void at(long now, long total) {
            if (total > bytes) {
                if (bytes == 0) {
                    first = now;
                } else {
                    silence = Math.max(silence, now - last);
                }
                bytes = total;
                last = now;
            }
        }

        /** Whether anything has come. */
        boolean began() {
            return bytes > 0;
        }

        /** How many have come. */
        long total() {
            return bytes;
        }

        /** When the first byte came, in nanoseconds. */
        long first() {
            return first;
        }

        /** When the last byte came, in nanoseconds. */
        long last() {
            return last;
        }

        /** How it went, looked at for the last time at {@code now}: a silence that lasts until then counts. */
        Download end(long now) {
            return bytes == 0
                    ? new Download(0, 0, 0)
                    : new Download(bytes, (now - first) / 1e9, Math.max(silence, now - last) / 1e6);
        }
    }
}
