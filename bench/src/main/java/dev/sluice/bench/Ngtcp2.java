package dev.sluice.bench;

import dev.sluice.bench.LinkBed.Programs;
import dev.sluice.bench.LinkBed.Running;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** ngtcp2's example server and client, GnuTLS: the client downloads a file, which is watched while it grows. One thread. */
final class Ngtcp2 {
    /** More than any download takes here. */
    private static final int FILE_MIB = 768;
    private static final String WINDOW = "64M";

    private Ngtcp2() {}

    static Carrier.Ready start(LinkBed bed, Programs programs, String congestion) throws IOException, InterruptedException {
        Path root = Files.createDirectories(bed.dir().resolve("ngtcp2"));
        Path file = root.resolve("content");
        if (!Files.exists(file)) {
            new Content().file(file, FILE_MIB);
            Program openssl = Program.start("openssl", root, List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=bench", "-keyout", "key", "-out", "cert"));
            openssl.awaitEnd(20);
        }
        int port = bed.port();
        programs.add(bed.far("ngtcp2", List.of(Carrier.found("gtlsserver"), "-q", "--no-quic-dump", "--no-http-dump",
                "--cc=" + congestion, "-d", root.toString(), bed.link().farAddress(), Integer.toString(port),
                root.resolve("key").toString(), root.resolve("cert").toString())));
        TimeUnit.MILLISECONDS.sleep(300);
        return seconds -> {
            Path to = Files.createTempDirectory(bed.dir(), "download");
            Program client = programs.add(bed.near("ngtcp2", List.of(Carrier.found("gtlsclient"), "-q", "--no-quic-dump",
                    "--no-http-dump", "--exit-on-all-streams-close", "--max-data=" + WINDOW,
                    "--max-stream-data-bidi-local=" + WINDOW, "--max-window=" + WINDOW, "--max-stream-window=" + WINDOW,
                    "--download=" + to, bed.link().farAddress(), Integer.toString(port),
                    "https://" + bed.link().farAddress() + ":" + port + "/content")));
            return watch(client, to.resolve("content"), seconds);
        };
    }

    private static Running watch(Program client, Path file, double seconds) {
        Download.Watch watch = new Download.Watch();
        Thread watcher = Thread.ofPlatform().start(() -> look(client, file, seconds, watch));
        return () -> {
            watcher.join();
            try (client) {
                if (!watch.began()) {
                    throw new IOException("no byte came: " + client.output());
                }
            }
            compare(file, watch.total());
            boolean whole = watch.total() == (long) FILE_MIB << 20;
            Download download = watch.end(whole
                    ? watch.last()
                    : Math.max(watch.last(), watch.first() + (long) (seconds * 1e9)));
            Files.delete(file);
            return download;
        };
    }

    /** Looks at the file every few milliseconds until the time is over or nothing more can come. */
    private static void look(Program client, Path file, double seconds, Download.Watch watch) {
        long began = System.nanoTime();
        while (true) {
            long size = file.toFile().length();
            long now = System.nanoTime();
            watch.at(now, size);
            boolean over = watch.began() ? now - watch.first() > seconds * 1e9 : now - began > 15e9;
            if (over || !client.isAlive()) {
                return;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(2);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void compare(Path file, long length) throws IOException {
        Content content = new Content();
        byte[] block = new byte[1 << 19];
        try (InputStream in = Files.newInputStream(file)) {
            for (long at = 0; at < length;) {
                int n = in.readNBytes(block, 0, (int) Math.min(block.length, length - at));
                if (n <= 0 || !content.matches(block, n, at)) {
                    throw new IOException("the bytes at " + at + " are not those that were sent");
                }
                at += n;
            }
        }
    }
}
