package dev.sluice.app.logs;

/** Makes text harmless on a terminal and in a line-based file: what came from a peer can neither end a line nor hide it. */
final class Printable {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Printable() {}

    /** Adds {@code text} with control characters, line separators and changes of direction escaped. */
    static void append(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c < 0x7f) {
                out.append(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (harmful(c)) {
                out.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]).append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
            } else {
                out.append(c);
            }
        }
    }

    private static boolean harmful(char c) {
        return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x061c
                || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
    }

    /** Adds {@code text}, in quotes where it holds a space, a quote or an equals sign, or nothing. */
    static void appendValue(StringBuilder out, String text) {
        boolean plain = !text.isEmpty();
        for (int i = 0; plain && i < text.length(); i++) {
            char c = text.charAt(i);
            plain = c > ' ' && c != '"' && c != '=';
        }
        if (plain) {
            append(out, text);
        } else {
            out.append('"');
            append(out, text.replace("\\", "\\\\").replace("\"", "\\\""));
            out.append('"');
        }
    }
}
