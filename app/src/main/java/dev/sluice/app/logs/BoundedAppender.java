package dev.sluice.app.logs;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscArrayQueue;

/**
 * Takes lines from any thread and writes them from one of its own. The queue is bounded: where the output cannot keep up, lines
 * are dropped and counted, and the count is written as soon as there is room again.
 *
 * <p>{@link #append} belongs to whoever logs and never waits; everything else that has state belongs to the writing thread.
 */
final class BoundedAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final int CAPACITY = 8192;
    private static final int BATCH_CHARS = 64 * 1024;

    private final MpscArrayQueue<ILoggingEvent> queue = new MpscArrayQueue<>(CAPACITY);
    private final LongAdder dropped = new LongAdder();
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final OutputStream out;
    private final Thread writer;
    private volatile LineFormat format;
    private volatile boolean closing;
    private long reported;

    BoundedAppender(OutputStream out, LineFormat format) {
        this.out = out;
        this.format = format;
        this.writer = new Thread(this::run, "sluice-log");
        writer.setDaemon(true);
    }

    @Override
    public void start() {
        super.start();
        writer.start();
    }

    /** Another format for the lines from now on. */
    void use(LineFormat next) {
        format = next;
    }

    /** Lines that found no room. */
    long dropped() {
        return dropped.sum();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!queue.offer(event)) {
            dropped.increment();
        } else if (asleep.get() && asleep.compareAndSet(true, false)) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        StringBuilder text = new StringBuilder(1024);
        while (true) {
            ILoggingEvent event = queue.poll();
            if (event == null) {
                flush(text);
                if (closing) {
                    return;
                }
                sleep();
                continue;
            }
            line(event, text);
            if (text.length() > BATCH_CHARS) {
                flush(text);
            }
        }
    }

    private void sleep() {
        asleep.set(true);
        if (queue.isEmpty() && !closing) {
            LockSupport.parkNanos(this, Duration.ofSeconds(1).toNanos());
        }
        asleep.set(false);
    }

    private void line(ILoggingEvent event, StringBuilder text) {
        int before = text.length();
        try {
            format.format(event, text);
        } catch (RuntimeException e) { // an argument whose text cannot be made must not end the log
            text.setLength(before);
            text.append("a log line could not be made: ").append(e.getClass().getName()).append('\n');
        }
    }

    private void flush(StringBuilder text) {
        long now = dropped.sum();
        if (now != reported) {
            text.append("... ").append(now - reported).append(" log lines were dropped: the output is too slow\n");
            reported = now;
        }
        if (text.isEmpty()) {
            return;
        }
        try {
            out.write(text.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            dropped.increment(); // nobody is there to be told
            reported++;
        }
        text.setLength(0);
        if (text.capacity() > 4 * BATCH_CHARS) {
            text.trimToSize();
        }
    }

    /** Writes what is there, but waits no longer than a second for an output that does not take it. */
    @Override
    public void stop() {
        super.stop();
        closing = true;
        LockSupport.unpark(writer);
        try {
            writer.join(Duration.ofSeconds(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
