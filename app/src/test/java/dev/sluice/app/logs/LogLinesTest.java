package dev.sluice.app.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** How lines look, and that nothing a peer sends can break out of one. */
final class LogLinesTest {
    private final LoggerContext context = new LoggerContext();

    LogLinesTest() {
        context.setMDCAdapter(new LogbackMDCAdapter());
    }

    private LoggingEvent event(String message, @Nullable Throwable thrown, KeyValuePair... pairs) {
        LoggingEvent event = new LoggingEvent("x", context.getLogger("dev.sluice.Some"), Level.INFO, message, thrown,
                new Object[0]);
        event.setKeyValuePairs(List.of(pairs));
        return event;
    }

    private String text(LoggingEvent event) {
        StringBuilder out = new StringBuilder();
        new TextLines(false).format(event, out);
        return out.toString();
    }

    private String json(LoggingEvent event) {
        StringBuilder out = new StringBuilder();
        new JsonLines().format(event, out);
        return out.toString();
    }

    @Test
    void aLineForPeople() {
        assertThat(text(event("hello", null, new KeyValuePair("conn", "abc"), new KeyValuePair("detail", "a b=\"c\""))))
                .matches(
                        "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  hello conn=abc detail=\"a b=\\\\\"c\\\\\"\"\n");
    }

    @Test
    void aLineForPeopleHasTheLocalTime() {
        LoggingEvent event = event("hello", null);
        assertThat(text(event)).startsWith(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS ")
                .format(Instant.ofEpochMilli(event.getTimeStamp()).atZone(ZoneId.systemDefault())));
    }

    @Test
    void aLineForPrograms() {
        assertThat(json(event("hello \"you\"", null, new KeyValuePair("conn", "abc"), new KeyValuePair("up", 7L))))
                .matches(
                        "\\{\"time\":\"[0-9T:.-]+Z\",\"level\":\"INFO\",\"logger\":\"Some\",\"msg\":\"hello \\\\\"you\\\\\"\",\"conn\":\"abc\",\"up\":7\\}\n");
    }

    @Test
    void whatAPeerSendsEndsNoLine() {
        String evil = "a\r\nFAKE \u001b[31m\u0085\u2028\u202e\u0000";
        LoggingEvent event = event(evil, null, new KeyValuePair("to", evil));
        for (String line : List.of(text(event), json(event))) {
            assertThat(line.substring(0, line.length() - 1).chars()).noneMatch(c -> Character.isISOControl(c) || c == 0x2028);
            assertThat(line).endsWith("\n");
        }
        assertThat(text(event)).doesNotContain("\u202e").contains("a\\r\\nFAKE \\u001b[31m");
        assertThat(text(event("x", new IllegalStateException("one\ntwo")))).contains("IllegalStateException: one\\ntwo");
    }

    @Test
    void aSlowOutputNeverBlocksAndLosesAreCounted() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        BoundedAppender appender = new BoundedAppender(new OutputStream() {
            @Override
            public void write(int b) {
                written.write(b);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                written.write(bytes, offset, length);
            }
        }, new TextLines(false));
        appender.setContext(context);
        appender.start();
        for (int i = 0; i < 3 * BoundedAppender.CAPACITY; i++) {
            appender.doAppend(event("line " + i, null));
        }
        assertThat(appender.dropped()).isPositive();
        gate.countDown();
        await().until(() -> written.toString(StandardCharsets.UTF_8).contains("log lines were dropped"));
        appender.stop();
    }
}
