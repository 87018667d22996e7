package dev.sluice.rudp.channel;

import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.QlogWriter;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The traces of an endpoint's connections, a file each, in the form of {@link QlogWriter}. Records are collected on the loop and written by
 * a thread of its own; where the disk is too slow, or connections too many, what does not fit is left out, and that is logged.
 *
 * <p>Belongs to the endpoint's loop.
 */
final class TraceFiles {
    private static final Logger log = LoggerFactory.getLogger(TraceFiles.class);
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final int CHUNK = 32 * 1024;
    private static final long CHUNK_NANOS = 1_000_000_000L;
    /** Bytes that wait for the disk. */
    private static final long WAITING = 16L * 1024 * 1024;
    /** Whoever sends first packets makes files. */
    private static final int MOST = 10_000;

    private final Path directory;
    private final EventLoop loop;
    private final ExecutorService writer = Executors
            .newSingleThreadExecutor(Thread.ofVirtual().name("rudp traces").factory());
    private final SecureRandom random = new SecureRandom();
    private final Set<Trace> open = new LinkedHashSet<>();
    private final AtomicLong waiting = new AtomicLong();
    private int begun;
    private boolean leftOut;
    private volatile boolean failed;

    TraceFiles(Path directory, EventLoop loop) {
        this.directory = directory;
        this.loop = loop;
    }

    /** A connection begins; the observer is to be told of it from now on. */
    ConnectionObserver begin(boolean client, NetworkPath path) {
        if (begun == MOST) {
            leaveOut("more than " + MOST + " connections");
            return ConnectionObserver.NONE;
        }
        begun++;
        String side = client ? "client" : "server";
        byte[] salt = new byte[4];
        random.nextBytes(salt);
        Instant now = Instant.now();
        String name = NAME.format(now) + "-" + side + "-" + HexFormat.of().formatHex(salt) + ".sqlog";
        Trace trace = new Trace(directory.resolve(name));
        open.add(trace);
        return new QlogWriter(System.nanoTime(), now.toEpochMilli(), "rudp " + side + ", peer " + path.remote(), client, trace,
                trace::end);
    }

    private void leaveOut(String why) {
        if (!leftOut) {
            leftOut = true;
            log.warn("traces in {} are incomplete: {}", directory, why);
        }
    }

    /** Writes what is left; done when it is written. */
    Future<Void> close() {
        open.forEach(Trace::flush);
        open.clear();
        Promise<Void> written = loop.newPromise();
        writer.execute(() -> written.trySuccess(null));
        writer.shutdown();
        return written;
    }

    private void write(Path file, byte[] chunk) {
        waiting.addAndGet(-chunk.length);
        if (failed) {
            return;
        }
        try {
            Files.createDirectories(directory);
            Files.write(file, chunk, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            failed = true;
            log.warn("no more traces: {} cannot be written: {}", file, e.toString());
        }
    }

    private final class Trace implements Consumer<String> {
        private final Path file;
        private final StringBuilder records = new StringBuilder();
        private long flushed = System.nanoTime();
        private boolean ended;

        Trace(Path file) {
            this.file = file;
        }

        @Override
        public void accept(String record) {
            records.append(record);
            long now = System.nanoTime();
            if (ended || records.length() >= CHUNK || now - flushed >= CHUNK_NANOS) {
                flushed = now;
                flush();
            }
        }

        /** The connection is over; little follows. */
        void end() {
            ended = true;
            open.remove(this);
            flush();
        }

        void flush() {
            byte[] chunk = records.toString().getBytes(StandardCharsets.UTF_8);
            records.setLength(0);
            if (chunk.length == 0 || writer.isShutdown()) {
                return;
            }
            if (waiting.addAndGet(chunk.length) > WAITING) {
                waiting.addAndGet(-chunk.length);
                leaveOut("the disk is too slow");
            } else {
                writer.execute(() -> write(file, chunk));
            }
        }
    }
}
