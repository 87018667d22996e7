package dev.sluice.bench;

import dev.sluice.bench.LinkBed.Programs;
import dev.sluice.bench.LinkBed.Running;
import dev.sluice.rudp.protocol.ConnectionConfig;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Something that carries a download across a link.
 *
 * @param name in the table
 * @param binaries what it is made of; skipped by name where one is missing
 * @param starter starts its two ends
 */
record Carrier(String name, List<String> binaries, Starter starter) implements Contestant {

    /** Starts the two ends on {@code bed}. */
    @FunctionalInterface
    interface Starter {
        Ready start(LinkBed bed, Programs programs) throws IOException, InterruptedException;
    }

    /** Two ends that stand. */
    @FunctionalInterface
    interface Ready {
        /** Starts a download of {@code seconds}. */
        Running begin(double seconds) throws IOException, InterruptedException;
    }

    @Override
    public @Nullable String missing() {
        return binaries.stream().filter(b -> Peer.find(b) == null).findFirst().orElse(null);
    }

    /** Those that cross an emulated link, Sluice first. */
    static List<Carrier> overLinks() {
        return List.of(sluice("sluice", ""), tcp("bbr"), kcptun(), ngtcp2("bbr"));
    }

    /** Those that are measured on loopback. */
    static List<Carrier> onLoopback() {
        return List.of(library(), libraryOnEthernet(), nettyQuic("cubic"), nettyQuic("bbr"), ngtcp2("cubic"), ngtcp2("bbr"),
                kcptun(), tcp("cubic"));
    }

    /** Kernel TCP with that congestion control; on loopback with the system's. */
    static Carrier tcp(String congestion) {
        return new Carrier("tcp-" + congestion, List.of(), (bed, programs) -> seconds -> {
            bed.link().congestion(congestion);
            return bed.download(bed.link().farAddress(), bed.sourcePort(), seconds);
        });
    }

    /** Sluice's own proxy: a TCP port at the near end, one stream of reliable UDP for each connection; options in the URI. */
    static Carrier sluice(String name, String options) {
        return new Carrier(name, List.of("sluice"), (bed, programs) -> {
            int server = bed.port();
            int client = bed.port();
            programs.add(bed.far(name, List.of(found("sluice"), "run", "--admin", "off", "--log-level", "warn", "--state-dir",
                    bed.dir().resolve("far").toString(), "--listen",
                    "rudp://bench@0.0.0.0:" + server + "?allow-private=1" + options)));
            programs.add(bed.near(name, List.of(found("sluice"), "run", "--admin", "off", "--log-level", "warn", "--state-dir",
                    bed.dir().resolve("near").toString(), "--listen",
                    "tcp://127.0.0.1:" + client + "?to=" + bed.link().farAddress() + ":" + bed.sourcePort(), "--via",
                    "rudp://bench@" + bed.link().farAddress() + ":" + server
                            + (options.isEmpty() ? "" : "?" + options.substring(1)))));
            return patient(bed, client);
        });
    }

    private static Carrier kcptun() {
        return new Carrier("kcptun", List.of("kcptun-server", "kcptun-client"), (bed, programs) -> {
            int server = bed.port();
            int client = bed.port();
            List<String> both = List.of("--mode", "fast3", "--key", "bench", "--sndwnd", "2048", "--rcvwnd", "2048", "--quiet");
            programs.add(bed.far("kcptun", join(List.of(found("kcptun-server"), "-l", ":" + server, "-t",
                    "127.0.0.1:" + bed.sourcePort()), both)));
            programs.add(bed.near("kcptun", join(List.of(found("kcptun-client"), "-r",
                    bed.link().farAddress() + ":" + server, "-l", "127.0.0.1:" + client), both)));
            return restless(programs, patient(bed, client));
        });
    }

    /** Stands still between downloads: it goes on sending again for a long time what nobody waits for, at the cost of whoever comes next. */
    private static Ready restless(Programs programs, Ready ready) throws IOException, InterruptedException {
        programs.freeze();
        return seconds -> {
            programs.thaw();
            Running running = ready.begin(seconds);
            return () -> {
                try {
                    return running.await();
                } finally {
                    programs.freeze();
                }
            };
        };
    }

    /** Downloads of a file over HTTP/3; it grows as bytes come, which is how they are watched. */
    static Carrier ngtcp2(String congestion) {
        return new Carrier("ngtcp2-" + congestion, List.of("gtlsserver", "gtlsclient", "openssl"),
                (bed, programs) -> Ngtcp2.start(bed, programs, congestion));
    }

    /** The library itself at both ends, without a proxy: one connection, as each comes. */
    static Carrier library() {
        return library("sluice", 1, ConnectionConfig.MAX_PACKET, 1);
    }

    /** As many connections at the same time, on one endpoint of the server. */
    static Carrier library(int connections) {
        return library("sluice-" + connections, connections, ConnectionConfig.MAX_PACKET, 1);
    }

    /** With packets of Ethernet's size, which loopback would not ask for. */
    static Carrier libraryOnEthernet() {
        return library("sluice-1452", 1, 1452, 1);
    }

    /** Several loops of the server share the port, and 64 connections are spread over them. */
    static Carrier libraryOnLoops(int loops) {
        return library("sluice-" + loops + "-loops", 64, ConnectionConfig.MAX_PACKET, loops);
    }

    private static Carrier library(String name, int connections, int packet, int sockets) {
        return new Carrier(name, List.of(), (bed, programs) -> {
            int port = bed.port();
            programs.add(bed.far("rudp", join(SideBySide.java("RudpSource", port),
                    List.of(Integer.toString(packet), Integer.toString(sockets))))).awaitLine("ready", 20);
            Program sink = programs.add(bed.near("rudp", join(SideBySide.java("RudpSink", port),
                    List.of(Integer.toString(connections), Integer.toString(packet)))));
            sink.awaitLine("ready", 120);
            return seconds -> bed.download(sink, Double.toString(seconds), seconds);
        });
    }

    private static Carrier nettyQuic(String congestion) {
        return new Carrier("netty-quic-" + congestion, List.of(), (bed, programs) -> {
            int port = bed.port();
            programs.add(bed.far("netty-quic", join(SideBySide.java("NettyQuicSource", port), List.of(congestion))))
                    .awaitLine("ready", 20);
            Program sink = programs
                    .add(bed.near("netty-quic", join(SideBySide.java("NettyQuicSink", port), List.of(congestion))));
            sink.awaitLine("ready", 20);
            return seconds -> bed.download(sink, Double.toString(seconds), seconds);
        });
    }

    /** The first connection waits until both ends stand. */
    private static Ready patient(LinkBed bed, int port) throws IOException, InterruptedException {
        IOException last = new IOException("no byte came");
        for (int tries = 0; tries < 60; tries++) {
            try {
                if (bed.download("127.0.0.1", port, 0.05).await().bytes() > 0) {
                    return seconds -> bed.download("127.0.0.1", port, seconds);
                }
            } catch (IOException e) {
                last = e;
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
        throw new IOException("does not come up: " + last.getMessage(), last);
    }

    static String found(String binary) {
        return String.valueOf(Peer.find(binary));
    }

    static List<String> join(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
