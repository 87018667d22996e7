package dev.sluice.core;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression over domain names that cannot hang the loop that runs it.
 *
 * <p>{@code java.util.regex} backtracks: {@code (a+)+$} can take exponential time over a name that the client picks. Names have at
 * most 253 characters, so that a reasonable expression reads a few thousand, and at worst some hundred thousand ({@code .*ads?.*});
 * here one that has read {@value #MAX_READS}, in about a millisecond, is given up and has not matched. An expression that can be
 * brought there by simple names is refused when it is made.
 *
 * <p>Immutable; any thread. A match allocates a matcher: no other condition of a rule does.
 */
final class DomainRegex {
    static final int MAX_READS = 500_000;

    private static final String[] PROBES = {"a".repeat(253), "a".repeat(252) + "!", "0".repeat(252) + "!", "a.".repeat(126) + "!",
            "-".repeat(252) + "!", "a-".repeat(126) + "!", "a0".repeat(126) + "!", "www.example.com.".repeat(15) + "!"};

    private final Pattern pattern;

    /** @throws IllegalArgumentException where it is no expression, or one that takes too long; the message says which */
    DomainRegex(String expression) {
        try {
            this.pattern = Pattern.compile(expression, Pattern.CASE_INSENSITIVE);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("not a regular expression: " + e.getDescription() + " at character "
                    + (e.getIndex() + 1) + " of " + HostNames.quote(expression), e);
        }
        for (String probe : PROBES) {
            if (find(probe) == Outcome.GIVEN_UP) {
                throw new IllegalArgumentException("the regular expression " + HostNames.quote(expression)
                        + " takes too long on some names; avoid repetitions within repetitions, such as (a+)+");
            }
        }
    }

    private enum Outcome {
        FOUND, NOT_FOUND, GIVEN_UP
    }

    /** Whether the expression is found anywhere in {@code name}; anchor it with {@code ^} and {@code $}. */
    boolean matches(String name) {
        return find(name) == Outcome.FOUND;
    }

    private Outcome find(String name) {
        try {
            return pattern.matcher(new Counted(name)).find() ? Outcome.FOUND : Outcome.NOT_FOUND;
        } catch (TooManyReads | StackOverflowError e) {
            return Outcome.GIVEN_UP;
        }
    }

    @Override
    public String toString() {
        return pattern.pattern();
    }

    private static final class TooManyReads extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyReads() {
            super(null, null, false, false);
        }
    }

    /** Every step of the matcher reads a character sooner or later. */
    private static final class Counted implements CharSequence {
        private final String text;
        private int reads;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++reads > MAX_READS) {
                throw new TooManyReads();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
