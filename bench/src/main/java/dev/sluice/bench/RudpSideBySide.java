package dev.sluice.bench;

import dev.sluice.bench.LinkBed.Programs;
import dev.sluice.bench.LinkBed.Running;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reliable UDP beside others: on loopback, and across emulated links between two network namespaces. Every round gives each
 * program the same download in turn; the first rounds only warm up. Every byte is compared with the one that was sent.
 *
 * <p>{@code rudp [--on loopback,links] [--scenario TEXT] [--rounds N] [--warm-up N] [--seconds S] [--only NAME,NAME]}. One thread.
 */
final class RudpSideBySide {
    /** Connections on one endpoint. */
    private static final int MANY = 1000;
    /** Loops that share a port; the receivers need as many. */
    private static final int LOOPS = 4;

    private final Path dir;
    private final Map<String, String> options;
    private final Samples samples;
    private final Rounds rounds;

    RudpSideBySide(Path dir, Map<String, String> options, Samples samples) {
        this.dir = dir;
        this.options = options;
        this.samples = samples;
        this.rounds = Rounds.of(options, 1);
    }

    void run() throws Exception {
        List<String> on = List.of(options.getOrDefault("on", "loopback,links").split(",", -1));
        if (on.contains("loopback")) {
            loopback();
        }
        if (on.contains("links")) {
            links();
        }
    }

    /** A carrier whose two ends stand. */
    private record Subject(Carrier carrier, Programs programs, Carrier.Ready ready) {
        String name() {
            return carrier.name();
        }
    }

    private void loopback() throws Exception {
        Program.certificate(dir, "quic");
        double seconds = Double.parseDouble(options.getOrDefault("seconds", "4"));
        try (Link link = Link.loopback(dir); LinkBed bed = new LinkBed(link, dir)) {
            List<Carrier> carriers = new ArrayList<>(Carrier.onLoopback());
            carriers.add(Carrier.library(MANY));
            int cores = Runtime.getRuntime().availableProcessors();
            if (cores >= 2 * LOOPS) {
                carriers.add(Carrier.libraryOnLoops(1));
                carriers.add(Carrier.libraryOnLoops(LOOPS));
            } else {
                System.err.println("skipped: sluice-" + LOOPS + "-loops (" + 2 * LOOPS + " cores not found: " + cores + ")");
            }
            turns(bed, rounds.present(carriers), rounds, (s, counted) -> {
                double cpu = s.programs.cpuSeconds();
                Download download = s.ready.begin(seconds).await();
                if (counted) {
                    samples.add(s.name(), "loopback, Gbit/s", download.megabits() / 1e3);
                    double spent = s.programs.cpuSeconds() - cpu;
                    if (spent > 0 && !s.name().startsWith("tcp")) {
                        samples.add(s.name(), "loopback, CPU of the processes that stay, s/GB", spent / (download.bytes() / 1e9));
                    }
                }
            });
        }
    }

    private void links() throws Exception {
        String missing = Link.missing();
        if (missing != null) {
            System.err.println("skipped: emulated links (" + missing + " not found)");
            return;
        }
        List<Carrier> carriers = rounds.present(Carrier.overLinks());
        for (LinkScenario scenario : LinkScenario.all()) {
            if (scenario.name().contains(options.getOrDefault("scenario", ""))) {
                System.err.println(scenario.name());
                try (Link link = Link.create(dir)) {
                    switch (scenario.kind()) {
                        case RATE -> rates(scenario, link, carriers);
                        case SILENCE -> silences(scenario, link, carriers);
                        case SHARE -> shares(scenario, link, carriers);
                    }
                }
            }
        }
    }

    private double seconds(LinkScenario scenario) {
        String own = options.get("seconds");
        return own == null ? scenario.seconds() : Double.parseDouble(own);
    }

    private void rates(LinkScenario scenario, Link link, List<Carrier> carriers) throws Exception {
        link.up(scenario.link());
        try (LinkBed bed = new LinkBed(link, dir)) {
            turns(bed, carriers, rounds, (s, counted) -> {
                long wire = link.wireBytes();
                Download download = s.ready.begin(seconds(scenario)).await();
                if (counted) {
                    samples.add(s.name(), scenario.name() + ": payload Mbit/s", download.megabits());
                    samples.add(s.name(), scenario.name() + ": bytes on the wire for each of payload",
                            (link.wireBytes() - wire) / (double) download.bytes());
                }
            });
        }
    }

    /** Each download has a link and programs of its own: the event happens once, in the midst of it. */
    private void silences(LinkScenario scenario, Link link, List<Carrier> carriers) throws Exception {
        for (int round = 1; round <= rounds.counted(); round++) {
            for (Carrier carrier : carriers) {
                link.up(scenario.link());
                try (LinkBed bed = new LinkBed(link, dir)) {
                    turns(bed, List.of(carrier), rounds.once(), (s, counted) -> {
                        Running running = s.ready.begin(scenario.withEvent());
                        java.util.concurrent.TimeUnit.SECONDS.sleep(LinkScenario.EVENT_AT);
                        link.event();
                        Download download = running.await();
                        double silence = (download.silenceMillis() - scenario.linkSilenceMillis()) / 1e3;
                        samples.add(s.name(), scenario.name() + ": seconds without a byte that the link did not cause", silence);
                    });
                }
            }
        }
    }

    /** Beside one CUBIC flow, alternating who starts first; what is counted is the part of both together. */
    private void shares(LinkScenario scenario, Link link, List<Carrier> carriers) throws Exception {
        link.up(scenario.link());
        Carrier cubic = Carrier.tcp("cubic");
        try (LinkBed bed = new LinkBed(link, dir); Programs programs = new Programs()) {
            Carrier.Ready other = cubic.starter().start(bed, programs);
            int[] turn = new int[1];
            turns(bed, carriers, rounds.cold(), (s, counted) -> {
                boolean first = turn[0]++ / carriers.size() % 2 == 0;
                double seconds = seconds(scenario);
                Running one = (first ? s.ready : other).begin(seconds + 1);
                java.util.concurrent.TimeUnit.SECONDS.sleep(1);
                Running two = (first ? other : s.ready).begin(seconds);
                double a = one.await().megabits();
                double b = two.await().megabits();
                samples.add(s.name(), scenario.name() + ": its part", (first ? a : b) / (a + b));
            });
        }
    }

    /** What is done in one turn. */
    private interface Turn {
        void take(Subject subject, boolean counted) throws Exception;
    }

    private static void turns(LinkBed bed, List<Carrier> carriers, Rounds rounds, Turn turn) throws Exception {
        List<Subject> subjects = new ArrayList<>();
        try {
            for (Carrier carrier : carriers) {
                Programs programs = new Programs();
                try {
                    subjects.add(new Subject(carrier, programs, carrier.starter().start(bed, programs)));
                } catch (IOException e) {
                    programs.close();
                    failed(carrier, e);
                }
            }
            rounds.run(counted -> {
                for (Subject s : subjects) {
                    try {
                        turn.take(s, counted);
                    } catch (IOException e) {
                        failed(s.carrier, e);
                    }
                }
            });
        } finally {
            subjects.reversed().forEach(s -> s.programs.close());
        }
    }

    /** Bytes that differ are a fault that no figure may hide; a peer that fails is said, and the others go on. */
    private static void failed(Carrier carrier, IOException e) throws IOException {
        System.err.println(carrier.name() + ": " + e.getMessage());
        if (String.valueOf(e.getMessage()).contains("not those that were sent")) {
            throw e;
        }
    }
}
