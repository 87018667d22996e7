package dev.sluice.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.TimeZone;
import org.slf4j.event.KeyValuePair;

/** Lines for people: time, level, message, then {@code key=value}; coloured where a terminal shows them. */
final class TextLines implements LineFormat {
    private static final int MAX_FRAMES = 30;

    private final boolean colour;
    private long second = Long.MIN_VALUE;
    private String secondText = "";

    TextLines(boolean colour) {
        this.colour = colour;
    }

    @Override
    public void format(ILoggingEvent event, StringBuilder out) {
        time(event.getTimeStamp(), out);
        level(event.getLevel(), out);
        Printable.append(out, String.valueOf(event.getFormattedMessage()));
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> pair(pair, out));
        }
        out.append('\n');
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            stack(thrown, out);
        }
    }

    private void time(long millis, StringBuilder out) {
        long now = Math.floorDiv(millis, 1000L);
        if (now != second) {
            second = now;
            secondText = localTime(now);
        }
        int ms = (int) Math.floorMod(millis, 1000L);
        if (colour) {
            out.append("\u001b[2m");
        }
        out.append(secondText).append('.').append((char) ('0' + ms / 100)).append((char) ('0' + ms / 10 % 10))
                .append((char) ('0' + ms % 10));
        if (colour) {
            out.append("\u001b[0m");
        }
        out.append(' ');
    }

    /** By the offset alone: a {@code ZoneId} and a formatter look through all jars for rules, before the first line is out. */
    private static String localTime(long second) {
        int offset = TimeZone.getDefault().getOffset(second * 1000L) / 1000;
        LocalDateTime time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.ofTotalSeconds(offset));
        StringBuilder text = new StringBuilder(19).append(time.toLocalDate()).append(' ');
        twoDigits(time.getHour(), text).append(':');
        twoDigits(time.getMinute(), text).append(':');
        return twoDigits(time.getSecond(), text).toString();
    }

    private static StringBuilder twoDigits(int value, StringBuilder out) {
        return out.append((char) ('0' + value / 10)).append((char) ('0' + value % 10));
    }

    private void level(Level level, StringBuilder out) {
        String word = switch (level.toInt()) {
            case Level.ERROR_INT -> "ERROR ";
            case Level.WARN_INT -> "WARN  ";
            case Level.INFO_INT -> "INFO  ";
            case Level.DEBUG_INT -> "DEBUG ";
            default -> "TRACE ";
        };
        if (!colour) {
            out.append(word);
            return;
        }
        String code = switch (level.toInt()) {
            case Level.ERROR_INT -> "\u001b[31m";
            case Level.WARN_INT -> "\u001b[33m";
            case Level.INFO_INT -> "\u001b[32m";
            default -> "\u001b[36m";
        };
        out.append(code).append(word).append("\u001b[0m");
    }

    private void pair(KeyValuePair pair, StringBuilder out) {
        out.append(' ');
        if (colour) {
            out.append("\u001b[2m");
        }
        Printable.append(out, pair.key);
        out.append('=');
        if (colour) {
            out.append("\u001b[0m");
        }
        Printable.appendValue(out, String.valueOf(pair.value));
    }

    /** A fault of ours: the frames are for whoever reports it. */
    static void stack(IThrowableProxy thrown, StringBuilder out) {
        IThrowableProxy t = thrown;
        for (int depth = 0; t != null && depth < 5; depth++) {
            out.append(depth == 0 ? "    " : "    caused by ").append(t.getClassName());
            if (t.getMessage() != null) {
                out.append(": ");
                Printable.append(out, t.getMessage());
            }
            out.append('\n');
            StackTraceElementProxy[] frames = t.getStackTraceElementProxyArray();
            for (int i = 0; frames != null && i < Math.min(frames.length, MAX_FRAMES); i++) {
                out.append("        ").append(frames[i].getSTEAsString()).append('\n');
            }
            t = t.getCause();
        }
    }
}
