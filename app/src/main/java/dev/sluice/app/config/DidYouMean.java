package dev.sluice.app.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the word that somebody most likely wanted to write. */
final class DidYouMean {
    private DidYouMean() {}

    /** {@code ; did you mean 'x'?}, or nothing where no word is near. */
    static String hint(String written, Collection<String> allowed) {
        String nearest = nearest(written, allowed);
        return nearest == null ? "" : "; did you mean '" + nearest + "'?";
    }

    /** The nearest word; null where none is near. */
    static @Nullable String nearest(String written, Collection<String> allowed) {
        String best = null;
        int bestDistance = Math.min(3, written.length() / 3) + 1;
        for (String word : allowed) {
            int d = distance(normal(written), normal(word));
            if (d < bestDistance) {
                bestDistance = d;
                best = word;
            }
        }
        return best;
    }

    private static String normal(String word) {
        return word.replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** Edits between two words, a swap of neighbours counted as one. */
    private static int distance(String a, String b) {
        if (Math.abs(a.length() - b.length()) > 3 || a.length() > 64) {
            return Integer.MAX_VALUE;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + same);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
