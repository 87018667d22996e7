package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * AnyTLS clients with their servers, side by side: the client speaks SOCKS5 with the load, the server dials the target. Every round
 * gives each pair the same loads in turn; the first rounds only warm up, as a JVM needs them. CPU is that of both ends.
 *
 * <p>{@code anytls [--rounds N] [--warm-up N] [--mib N] [--seconds S] [--only NAME,NAME] [--idle N]}. One thread.
 */
final class AnyTlsSideBySide {
    private static final double GB = 1e9;

    private final Path dir;
    private final Map<String, String> options;
    private final Samples samples;
    private final double seconds;
    private final long bytes;

    AnyTlsSideBySide(Path dir, Map<String, String> options, Samples samples) {
        this.dir = dir;
        this.options = options;
        this.samples = samples;
        this.seconds = Double.parseDouble(options.getOrDefault("seconds", "2"));
        this.bytes = Long.parseLong(options.getOrDefault("mib", "512")) << 20;
    }

    /** A pair at work. */
    private record Subject(String name, Program server, Program client, TunnelLoad load) {
        double cpuSeconds() throws IOException {
            return server.cpuSeconds() + client.cpuSeconds();
        }
    }

    void run() throws Exception {
        List<AutoCloseable> toClose = new ArrayList<>();
        try {
            int target = SideBySide.freePort();
            toClose.add(Program.start("target", dir, SideBySide.java("TunnelTarget", target)).awaitPort(target));
            certificate();
            Rounds rounds = Rounds.of(options, 4);
            List<Tunnel> present = rounds.present(Tunnel.all());
            List<Subject> subjects = new ArrayList<>();
            for (Tunnel tunnel : present) {
                subjects.add(start(tunnel, target, toClose));
            }
            rounds.run(counted -> {
                for (Subject s : subjects) {
                    measure(s, counted);
                }
            });
            SideBySide.closeAll(toClose.subList(1, toClose.size()));
            int idle = Integer.parseInt(options.getOrDefault("idle", "9500"));
            if (idle > 0) {
                for (Tunnel tunnel : present) {
                    idle(tunnel, target, idle);
                }
                if (present.stream().anyMatch(t -> t.name().equals("sluice"))) {
                    idle(Tunnel.shared(), target, idle);
                }
            }
        } finally {
            SideBySide.closeAll(toClose);
        }
    }

    /** For those who make none themselves. */
    private void certificate() throws IOException, InterruptedException {
        Program.certificate(dir, "bench");
        Files.writeString(dir.resolve("bench.pem"),
                Files.readString(dir.resolve("bench.crt")) + Files.readString(dir.resolve("bench.key")));
    }

    private Subject start(Tunnel tunnel, int target, List<AutoCloseable> toClose) throws IOException, InterruptedException {
        int serverPort = SideBySide.freePort();
        Program server = Program.start(tunnel.name() + "-server-" + serverPort, dir,
                tunnel.server().command(dir, serverPort, serverPort));
        toClose.add(server);
        server.awaitPort(serverPort);
        int port = SideBySide.freePort();
        Program client = Program.start(tunnel.name() + "-client-" + port, dir, tunnel.client().command(dir, port, serverPort));
        toClose.add(client);
        client.awaitPort(port);
        TunnelLoad load = new TunnelLoad(port, target);
        load.awaitFirst();
        return new Subject(tunnel.name(), server, client, load);
    }

    private void measure(Subject s, boolean counted) throws Exception {
        try {
            bulk(s, 1, counted);
            bulk(s, 100, counted);
            double[] quiet = s.load.requests(seconds);
            double[] openings = s.load.openings(seconds / 2);
            double[] trips = s.load.roundTrips(seconds / 2);
            double[] beside = s.load.besideBulk(() -> s.load.requests(seconds));
            if (counted) {
                samples.add(s.name, "round trip on an open stream p50, us", trips[0]);
                samples.add(s.name, "stream opened and used once p50, us", quiet[0]);
                samples.add(s.name, "stream opened on a warm session p50, us", openings[0]);
                samples.add(s.name, "the same less a round trip p50, us", openings[0] - trips[0]);
                samples.add(s.name, "short request p99, us", quiet[1]);
                samples.add(s.name, "short request beside a bulk transfer p50, us", beside[0]);
                samples.add(s.name, "short request beside a bulk transfer p99, us", beside[1]);
            }
        } catch (Exception e) {
            if (s.name.startsWith("sluice")) {
                throw e;
            }
            System.err.println(s.name + ": " + TunnelLoad.reason(e));
        }
    }

    private void bulk(Subject s, int streams, boolean counted) throws Exception {
        double cpu = s.cpuSeconds();
        double took = s.load.bulk(streams, bytes);
        if (counted) {
            samples.add(s.name, "throughput " + streams + " streams, MB/s", bytes / took / 1e6);
            samples.add(s.name, "CPU of both ends " + streams + " streams, s/GB", (s.cpuSeconds() - cpu) / (bytes / GB));
        }
    }

    /** Memory with idle streams, each pair fresh; an open file is a limit of this machine, so how many it were is said. */
    private void idle(Tunnel tunnel, int target, int count) throws Exception {
        List<AutoCloseable> toClose = new ArrayList<>();
        try {
            SideBySide.awaitFreePorts();
            Subject s = start(tunnel, target, toClose);
            List<Integer> held = new ArrayList<>();
            double[] resident = s.load.holding(count, () -> new double[]{s.client.residentMiB(), s.server.residentMiB()}, held);
            String streams = held.getFirst() + " idle streams, MiB";
            samples.add(s.name, "client resident with " + streams, resident[0]);
            samples.add(s.name, "server resident with " + streams, resident[1]);
        } catch (IOException e) {
            System.err.println(tunnel.name() + " holds no idle streams here: " + e.getMessage());
        } finally {
            SideBySide.closeAll(toClose);
        }
    }
}
