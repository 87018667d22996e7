package dev.sluice.anytls.frame;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;

/** The maps that settings are sent as: lines {@code key=value} in UTF-8. Nothing is trimmed; lines without {@code =} mean nothing. */
public final class StringMap {
    private StringMap() {}

    /** Reads a map; where a key stands twice, the last counts. */
    public static Map<String, String> parse(byte[] text) {
        Map<String, String> map = new LinkedHashMap<>();
        String all = new String(text, UTF_8);
        for (int from = 0; from < all.length();) {
            int end = all.indexOf('\n', from);
            String line = all.substring(from, end < 0 ? all.length() : end);
            int equals = line.indexOf('=');
            if (equals >= 0) {
                map.put(line.substring(0, equals), line.substring(equals + 1));
            }
            from = end < 0 ? all.length() : end + 1;
        }
        return map;
    }

    /** Writes a map in its order, without a newline at the end. */
    public static byte[] format(Map<String, String> map) {
        StringBuilder text = new StringBuilder();
        map.forEach((key, value) -> text.append(text.isEmpty() ? "" : "\n").append(key).append('=').append(value));
        return text.toString().getBytes(UTF_8);
    }
}
