package dev.sluice.app.json;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Writes maps, lists, strings, numbers and booleans as JSON (RFC 8259). */
public final class Json {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Json() {}

    /** {@code value} over several lines, for people. */
    public static String pretty(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, 0);
        return out.append('\n').toString();
    }

    /** {@code value} in one line. */
    public static String compact(Object value) {
        StringBuilder out = new StringBuilder();
        write(out, value, -1);
        return out.toString();
    }

    /** Adds {@code text} with its quotes; control characters and those that break lines in JavaScript are escaped. */
    public static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || loneSurrogate(text, i)) {
                        out.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]).append(HEX[c >> 4 & 15])
                                .append(HEX[c & 15]);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean loneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }

    private static void write(StringBuilder out, Object value, int indent) {
        switch (value) {
            case String s -> quote(out, s);
            case Number n -> out.append(n);
            case Boolean b -> out.append(b);
            case Map<?, ?> map -> object(out, map, indent);
            case List<?> list -> array(out, list, indent);
            default -> quote(out, value.toString());
        }
    }

    private static void object(StringBuilder out, Map<?, ?> map, int indent) {
        out.append('{');
        int inner = indent < 0 ? -1 : indent + 1;
        for (Iterator<? extends Map.Entry<?, ?>> each = map.entrySet().iterator(); each.hasNext();) {
            Map.Entry<?, ?> entry = each.next();
            line(out, inner);
            quote(out, String.valueOf(entry.getKey()));
            out.append(indent < 0 ? ":" : ": ");
            write(out, entry.getValue(), inner);
            if (each.hasNext()) {
                out.append(',');
            }
        }
        if (!map.isEmpty()) {
            line(out, indent);
        }
        out.append('}');
    }

    private static void array(StringBuilder out, List<?> list, int indent) {
        boolean flat = indent < 0 || list.stream().noneMatch(v -> v instanceof Map || v instanceof List);
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
            if (i > 0) {
                out.append(flat && indent >= 0 ? ", " : ",");
            }
            if (!flat) {
                line(out, indent + 1);
            }
            write(out, list.get(i), flat ? -1 : indent + 1);
        }
        if (!flat && !list.isEmpty()) {
            line(out, indent);
        }
        out.append(']');
    }

    private static void line(StringBuilder out, int indent) {
        if (indent >= 0) {
            out.append('\n').repeat("  ", indent);
        }
    }
}
