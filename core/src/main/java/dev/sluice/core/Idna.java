package dev.sluice.core;

import java.text.Normalizer;
import java.text.Normalizer.Form;

/**
 * Turns a name in any script into A-labels: the mapping of UTS #46 without its transitional part (so that {@code ß} and final
 * sigma stay what they are, as in IDNA 2008 and in browsers), then Punycode (RFC 3492).
 *
 * <p>{@code java.net.IDN} is IDNA 2003 over Unicode 3.2: it turns {@code faß.de} into {@code fass.de}, which is another
 * machine, and refuses every script younger than 2002.
 *
 * <p>Labels that are A-labels already are taken as they are. The caller checks the characters and lengths of what comes out.
 */
final class Idna {
    private static final int BASE = 36;
    private static final int T_MIN = 1;
    private static final int T_MAX = 26;
    private static final int SKEW = 38;
    private static final int DAMP = 700;
    private static final int INITIAL_BIAS = 72;
    private static final int INITIAL_N = 0x80;
    /** Longer names cannot become 253 octets; Punycode takes time in the square of a label's length. */
    private static final int MAX_INPUT = 1024;

    private Idna() {}

    static String toAscii(String name) {
        if (name.length() > MAX_INPUT) {
            throw HostNames.invalid("host name has " + name.length() + " characters; 1 to 253 are allowed");
        }
        String mapped = map(name);
        StringBuilder ascii = new StringBuilder(mapped.length() + 16);
        int start = 0;
        for (int dot = mapped.indexOf('.'); dot >= 0; dot = mapped.indexOf('.', start)) {
            label(mapped.substring(start, dot), name, ascii);
            ascii.append('.');
            start = dot + 1;
        }
        label(mapped.substring(start), name, ascii);
        return ascii.toString();
    }

    /** Compatibility forms, case and the other full stops (UTS #46 §4, steps 1 and 2). */
    private static String map(String name) {
        String composed = Normalizer.normalize(name, Form.NFKC);
        StringBuilder mapped = new StringBuilder(composed.length());
        composed.codePoints().forEach(c -> {
            if (c == 0x3002) {
                mapped.append('.'); // the ideographic full stop; its other forms become it by NFKC
            } else if (c == 0x130) {
                mapped.append("i\u0307");
            } else if (!isIgnored(c)) {
                mapped.appendCodePoint(Character.toLowerCase(c));
            }
        });
        return Normalizer.normalize(mapped, Form.NFKC);
    }

    private static boolean isIgnored(int c) {
        return c == 0xad || c == 0x200b || c == 0x2060 || c == 0xfeff || (c >= 0xfe00 && c <= 0xfe0f);
    }

    private static void label(String label, String name, StringBuilder into) {
        boolean ascii = true;
        for (int i = 0; i < label.length(); i++) {
            ascii &= label.charAt(i) < 0x80;
        }
        if (ascii) {
            into.append(label);
            return;
        }
        int[] points = label.codePoints().toArray();
        if (isMark(points[0])) {
            throw HostNames.invalid("host name " + HostNames.quote(name) + " has a label that begins with a combining mark");
        }
        for (int c : points) {
            if (!isAllowed(c)) {
                throw HostNames.invalid("host name " + HostNames.quote(name) + " has the character "
                        + String.format("U+%04X", c) + ", which cannot stand in a name");
            }
        }
        into.append("xn--");
        punycode(points, into);
    }

    private static boolean isMark(int c) {
        int type = Character.getType(c);
        return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK || type == Character.ENCLOSING_MARK;
    }

    /** Letters, marks, digits, the joiners and, as browsers have it, symbols such as emoji. */
    private static boolean isAllowed(int c) {
        if (c < 0x80) {
            return true; // checked with the finished name
        }
        return switch (Character.getType(c)) {
            case Character.LOWERCASE_LETTER, Character.OTHER_LETTER, Character.MODIFIER_LETTER, Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK, Character.DECIMAL_DIGIT_NUMBER, Character.OTHER_SYMBOL,
                    Character.MODIFIER_SYMBOL, Character.MATH_SYMBOL ->
                true;
            default -> c == 0x200c || c == 0x200d || c == 0xb7 || c == 0x30fb || c == 0x5f3 || c == 0x5f4;
        };
    }

    /** RFC 3492 §6.3. */
    private static void punycode(int[] input, StringBuilder out) {
        int basic = 0;
        for (int c : input) {
            if (c < 0x80) {
                out.append((char) c);
                basic++;
            }
        }
        if (basic > 0) {
            out.append('-');
        }
        int n = INITIAL_N;
        int delta = 0;
        int bias = INITIAL_BIAS;
        for (int handled = basic; handled < input.length;) {
            int next = Integer.MAX_VALUE;
            for (int c : input) {
                if (c >= n && c < next) {
                    next = c;
                }
            }
            delta += (next - n) * (handled + 1); // at most 0x110000 * 1025: no overflow
            n = next;
            for (int c : input) {
                if (c < n) {
                    delta++;
                } else if (c == n) {
                    variableLength(delta, bias, out);
                    bias = adapt(delta, handled + 1, handled == basic);
                    delta = 0;
                    handled++;
                }
            }
            delta++;
            n++;
        }
    }

    private static void variableLength(int delta, int bias, StringBuilder out) {
        int q = delta;
        for (int k = BASE;; k += BASE) {
            int t = k <= bias ? T_MIN : Math.min(k - bias, T_MAX);
            if (q < t) {
                out.append(digit(q));
                return;
            }
            out.append(digit(t + (q - t) % (BASE - t)));
            q = (q - t) / (BASE - t);
        }
    }

    private static char digit(int value) {
        return (char) (value < 26 ? 'a' + value : '0' + value - 26);
    }

    private static int adapt(int firstDelta, int points, boolean first) {
        int delta = first ? firstDelta / DAMP : firstDelta / 2;
        delta += delta / points;
        int k = 0;
        while (delta > (BASE - T_MIN) * T_MAX / 2) {
            delta /= BASE - T_MIN;
            k += BASE;
        }
        return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
    }
}
