package dev.sluice.app.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import dev.sluice.app.json.Json;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.slf4j.event.KeyValuePair;

/** One JSON object a line: {@code time}, {@code level}, {@code logger}, {@code msg}, and every key-value pair beside them. */
final class JsonLines implements LineFormat {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
            .withZone(ZoneOffset.UTC);

    @Override
    public void format(ILoggingEvent event, StringBuilder out) {
        out.append("{\"time\":\"");
        TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), out);
        out.append("\",\"level\":\"").append(event.getLevel()).append("\",\"logger\":");
        Json.quote(out, shortName(event.getLoggerName()));
        out.append(",\"msg\":");
        Json.quote(out, String.valueOf(event.getFormattedMessage()));
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> pair(pair, out));
        }
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            StringBuilder stack = new StringBuilder();
            TextLines.stack(thrown, stack);
            out.append(",\"error\":");
            Json.quote(out, stack.toString());
        }
        out.append("}\n");
    }

    private static void pair(KeyValuePair pair, StringBuilder out) {
        out.append(',');
        Json.quote(out, pair.key);
        out.append(':');
        if (pair.value instanceof Integer || pair.value instanceof Long || pair.value instanceof Boolean) {
            out.append(pair.value);
        } else {
            Json.quote(out, String.valueOf(pair.value));
        }
    }

    private static String shortName(String logger) {
        return logger.substring(logger.lastIndexOf('.') + 1);
    }
}
