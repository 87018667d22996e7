package dev.sluice.net.splice;

import io.netty.util.concurrent.FastThreadLocal;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pipes of one loop: bounded, because an ordinary user has 16384 pages in pipes ({@code fs.pipe-user-pages-soft}), 64 pipes of
 * 1 MiB. A pipe is lent only while bytes are in it, so a few serve thousands of streams. Where none is to be had, bytes are copied.
 *
 * <p>Belongs to its loop; closed when the loop's thread ends.
 */
public final class PipePool {
    private static final Logger log = LoggerFactory.getLogger(PipePool.class);
    private static final int BIG = 1 << 20;
    private static final int SMALL = 256 << 10;
    /** Smaller pipes cost more system calls than copying. */
    private static final int SMALLEST = 64 << 10;
    private static final int MAX_PER_LOOP = 64;
    private static final Path SOFT_LIMIT = Path.of("/proc/sys/fs/pipe-user-pages-soft");
    private static final int DEFAULT_SOFT_LIMIT = 16384;
    private static final int PAGE = 4096;

    private static final FastThreadLocal<PipePool> OF_LOOP = new FastThreadLocal<>() {
        @Override
        protected PipePool initialValue() {
            return new PipePool(fairShare());
        }

        @Override
        protected void onRemoval(PipePool pool) {
            pool.close();
        }
    };

    private final ArrayDeque<Pipe> free = new ArrayDeque<>();
    private final int limit;
    private int open;
    private boolean closed;

    /** At most {@code limit} pipes. */
    PipePool(int limit) {
        this.limit = limit;
    }

    /** The pool of the loop that calls. */
    public static PipePool ofLoop() {
        return OF_LOOP.get();
    }

    /** Half of what the user may have, shared by as many loops as there are cores. */
    private static int fairShare() {
        int pages = DEFAULT_SOFT_LIMIT;
        try (BufferedReader file = Files.newBufferedReader(SOFT_LIMIT)) { // such a file must be read in one go; readString does not
            pages = Integer.parseInt(Objects.requireNonNullElse(file.readLine(), "").strip());
        } catch (IOException | NumberFormatException e) {
            log.debug("{} cannot be read; its default holds", SOFT_LIMIT, e);
        }
        if (pages <= 0) {
            return MAX_PER_LOOP; // no limit
        }
        long share = (long) pages * PAGE / BIG / 2 / Runtime.getRuntime().availableProcessors();
        return Math.clamp(share, 1, MAX_PER_LOOP);
    }

    /** An empty pipe; null where none is to be had. */
    public @Nullable Pipe take() {
        Pipe pipe = free.pollLast(); // the one used last: its pages are warm
        if (pipe != null || open >= limit) {
            return pipe;
        }
        try {
            pipe = Pipe.open(BIG);
            if (pipe.size() < BIG) {
                PipeSize.set(pipe.writeEnd().intValue(), SMALL);
            }
            if (pipe.size() < SMALLEST) {
                pipe.close();
                return null;
            }
            open++;
            return pipe;
        } catch (IOException | LinkageError e) { // the latter where the JVM may not call the C library
            log.debug("no pipe: {}", e.toString());
            return null;
        }
    }

    /** Takes an empty pipe back. */
    public void give(Pipe pipe) {
        if (closed) {
            discard(pipe);
        } else {
            free.addLast(pipe);
        }
    }

    /** Takes a pipe back that still has bytes in it, which nobody wants. */
    void discard(Pipe pipe) {
        open--;
        pipe.close();
    }

    /** Pipes lent now. */
    public int lent() {
        return open - free.size();
    }

    void close() {
        closed = true;
        for (Pipe pipe = free.poll(); pipe != null; pipe = free.poll()) {
            discard(pipe);
        }
    }
}
