package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigException;
import dev.sluice.app.json.Json;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice rudp perf}. Main reports each second; each stream has a thread. */
@Command(name = "perf", sortOptions = false, description = {"Measure how fast a connection is, as iperf3 does.", ""}, footer = {
        "",
        "The other end is 'sluice rudp server'. Bitrates are of payload that arrived.", "",
        "  sluice rudp perf rudp://hush@server:9443 -t 5 -R", //
        "  sluice rudp perf rudp://hush@server:9443 --cc fixed-rate=50m --json | jq .bits_per_second"}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                "0:the test was made", "1:something failed; one line says what", "2:the command line is wrong"})
final class RudpPerfCommand implements Callable<Integer> {
    /** How long after the end of a test the last bytes may take. */
    private static final long LAST_BYTES_SECONDS = 60;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "1", paramLabel = "URI", description = "rudp://secret@host:port[?key=SERVER-KEY].")
    private String uri = "";

    @Option(names = {"-t",
            "--time"}, paramLabel = "SECONDS", defaultValue = "10", description = "How long (default: ${DEFAULT-VALUE}).")
    private double seconds = 10;

    @Option(names = {"-P",
            "--parallel"}, paramLabel = "N", defaultValue = "1", description = "Streams at the same time, on one connection (default: ${DEFAULT-VALUE}).")
    private int parallel = 1;

    @Option(names = {"-R", "--reverse"}, description = "The server sends.")
    private boolean reverse;

    @Option(names = "--cc", paramLabel = "ALGORITHM", description = "bbr, cubic, vegas or fixed-rate=BITS, where we send (default: bbr).")
    private @Nullable String congestion;

    @Option(names = "--json", description = "Print one JSON object and nothing else.")
    private boolean json;

    @Option(names = "--state-dir", paramLabel = "DIR", description = "Where keys are kept (default: per user).")
    private @Nullable String stateDir;

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        if (parallel < 1 || parallel > 1000 || seconds < 0.1 || seconds > 86_400) {
            throw new ParameterException(spec.commandLine(), "-P is 1 to 1000 streams, -t is 0.1 to 86400 seconds");
        }
        CongestionAlgorithm algorithm;
        try {
            algorithm = congestion == null ? null : CongestionAlgorithm.parse(congestion);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        Farewell farewell = new Farewell();
        try (RudpConnection connection = farewell.on(RudpUris.connect(uri, stateDir).connect(algorithm))) {
            measure(connection, spec.commandLine().getOut());
        } catch (IOException e) {
            if (!farewell.leaving()) {
                throw e;
            }
        }
        return Sluice.OK;
    }

    private void measure(RudpConnection connection, PrintWriter out) throws IOException, InterruptedException {
        if (!json) {
            out.println("Connected to " + NetUtil.toAddressString(connection.remoteAddress().getAddress()) + ", port "
                    + connection.remoteAddress().getPort() + ", " + parallel + (parallel == 1 ? " stream" : " streams")
                    + (reverse ? ", the server sends" : ""));
            out.println("Interval               Transfer      Bitrate             Retr      RTT");
            out.flush();
        }
        AtomicLong progress = new AtomicLong();
        long start = System.nanoTime();
        long end = start + (long) (seconds * 1e9);
        List<FutureTask<Long>> streams = new ArrayList<>();
        for (int i = 0; i < parallel; i++) {
            FutureTask<Long> task = new FutureTask<>(() -> reverse
                    ? RudpPerf.down(connection, (int) (seconds * 1000), progress)
                    : RudpPerf.up(connection, end, progress));
            streams.add(task);
            Thread.ofVirtual().start(task);
        }
        if (!json) {
            intervals(connection, progress, start, end, streams, out);
        }
        long bytes = 0;
        for (FutureTask<Long> stream : streams) {
            bytes += result(stream, end);
        }
        double took = (System.nanoTime() - start) / 1e9;
        report(connection, bytes, took, out);
    }

    private static long result(FutureTask<Long> stream, long end) throws IOException, InterruptedException {
        try {
            return stream.get(end - System.nanoTime() + TimeUnit.SECONDS.toNanos(LAST_BYTES_SECONDS), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("the last bytes did not arrive within " + LAST_BYTES_SECONDS + " s", e);
        }
    }

    private void intervals(RudpConnection connection, AtomicLong progress, long start, long end, List<FutureTask<Long>> streams,
            PrintWriter out) throws InterruptedException {
        long before = 0;
        long repeated = 0;
        for (long at = start; at < end && streams.stream().noneMatch(FutureTask::isDone);) {
            long next = Math.min(end, at + TimeUnit.SECONDS.toNanos(1));
            TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
            long now = progress.get();
            RudpPerf.Figures figures = RudpPerf.figures(connection);
            line(out, (at - start) / 1e9, (next - start) / 1e9, now - before, figures.retransmittedBytes() - repeated,
                    figures.rttNanos(), "");
            before = now;
            repeated = figures.retransmittedBytes();
            at = next;
        }
    }

    private void report(RudpConnection connection, long bytes, double took, PrintWriter out) throws IOException {
        RudpPerf.Figures near = RudpPerf.figures(connection);
        RudpPerf.Figures figures = reverse
                ? new RudpPerf.Figures(RudpPerf.far(connection).retransmittedBytes(), near.rttNanos())
                : near;
        if (json) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("bits_per_second", bytes * 8 / took);
            object.put("bytes", bytes);
            object.put("seconds", took);
            object.put("retransmitted_bytes", figures.retransmittedBytes());
            object.put("rtt_ms", figures.rttNanos() / 1e6);
            object.put("streams", parallel);
            object.put("reverse", reverse);
            out.print(Json.pretty(object));
        } else {
            out.println("- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -");
            line(out, 0, took, bytes, figures.retransmittedBytes(), figures.rttNanos(), "  received");
        }
        out.flush();
    }

    private static void line(PrintWriter out, double from, double to, long bytes, long repeated, long rtt, String what) {
        double bits = bytes * 8.0 / Math.max(1e-9, to - from);
        out.println(
                String.format(Locale.ROOT, "%6.2f-%-6.2f sec  %s  %s  %7d KB  %7.2f ms%s", from, to,
                        amount((double) bytes, 1024, "Bytes"),
                        amount(bits, 1000, "bits/sec"), repeated / 1024, rtt / 1e6, what));
        out.flush();
    }

    private static String amount(double value, int step, String unit) {
        String[] prefixes = {"", "K", "M", "G", "T"};
        int i = 0;
        while (value >= step && i < prefixes.length - 1) {
            value /= step;
            i++;
        }
        return String.format(Locale.ROOT, "%6.4s %1s%s", String.format(Locale.ROOT, "%.3f", value), prefixes[i], unit);
    }
}
