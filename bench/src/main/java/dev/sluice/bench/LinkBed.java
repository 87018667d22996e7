package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What every carrier of a benchmark stands on: the link, the source of bytes at its far end, and the process at its near end that
 * downloads over TCP. One thread.
 */
final class LinkBed implements AutoCloseable {
    /** On top of a download's own length, until it must have ended. */
    private static final double GRACE_SECONDS = 40;

    private final Link link;
    private final Path dir;
    private final Program source;
    private final Program sink;
    private final int sourcePort;
    private int port = 20_000 + (int) (ProcessHandle.current().pid() % 20_000);
    private int downloads;

    LinkBed(Link link, Path dir) throws IOException, InterruptedException {
        this.link = link;
        this.dir = dir;
        this.sourcePort = port();
        this.source = Program.start("source", dir, link.far(SideBySide.java("LinkSource", sourcePort)));
        this.sink = Program.start("sink", dir, link.near(SideBySide.java("LinkSink", 0)));
        sink.awaitLine("ready", 20);
    }

    /** A download that runs. */
    interface Running {
        /** Waits for its end. */
        Download await() throws IOException, InterruptedException;
    }

    Link link() {
        return link;
    }

    Path dir() {
        return dir;
    }

    /** Where the source of bytes listens at the far end. */
    int sourcePort() {
        return sourcePort;
    }

    /** A port that nobody else was given. */
    int port() {
        return port++;
    }

    /** Starts a download over TCP from {@code host}, as it is seen from the near end. */
    Running download(String host, int from, double seconds) throws IOException {
        return download(sink, host + " " + from + " " + seconds, seconds);
    }

    /** Tells {@code to}, which answers as {@link LinkSink} does, to start a download. */
    Running download(Program to, String command, double seconds) throws IOException {
        String name = "d" + downloads++;
        to.tell(name + " " + command);
        return () -> {
            String answer = to.awaitLine(name + " ", seconds + GRACE_SECONDS);
            Download download = Download.parse(answer);
            if (download == null) {
                throw new IOException(answer);
            }
            return download;
        };
    }

    /** A program at the far end. */
    Program far(String name, List<String> command) throws IOException {
        return Program.start(name + "-far-" + port(), dir, link.far(command));
    }

    /** A program at the near end. */
    Program near(String name, List<String> command) throws IOException {
        return Program.start(name + "-near-" + port(), dir, link.near(command));
    }

    @Override
    public void close() {
        List.of(sink, source).forEach(Program::close);
    }

    /** Programs that end together, the last one first. */
    static final class Programs implements AutoCloseable {
        private final List<Program> all = new ArrayList<>();

        Program add(Program program) {
            all.add(program);
            return program;
        }

        void freeze() throws IOException, InterruptedException {
            for (Program program : all) {
                program.freeze();
            }
        }

        void thaw() throws IOException, InterruptedException {
            for (Program program : all) {
                program.thaw();
            }
        }

        double cpuSeconds() throws IOException {
            double sum = 0;
            for (Program program : all) {
                sum += program.cpuSeconds();
            }
            return sum;
        }

        @Override
        public void close() {
            all.reversed().forEach(Program::close);
        }
    }
}
