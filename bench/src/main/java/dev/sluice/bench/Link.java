package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Two network namespaces and the emulated link ({@code bench/linkem.c}) between them: the far end (B, 10.99.0.2) serves, the near one
 * (A, 10.99.0.1) downloads. Without a link, both ends are this machine's loopback. Needs root and a C compiler. One thread.
 */
final class Link implements AutoCloseable {
    private final String near;
    private final String far;
    private final Path dir;
    private @Nullable Program emulator;

    private Link(String near, String far, Path dir) {
        this.near = near;
        this.far = far;
        this.dir = dir;
    }

    /** Why there can be no link here; null where there can. */
    static @Nullable String missing() throws IOException {
        if (!"root".equals(System.getProperty("user.name"))) {
            return "root";
        }
        for (String program : List.of("cc", "ip")) {
            if (Peer.find(program) == null) {
                return program;
            }
        }
        return Files.exists(Path.of("/dev/net/tun")) ? null : "/dev/net/tun";
    }

    /** Both ends on loopback, no emulator. */
    static Link loopback(Path dir) {
        return new Link("", "", dir);
    }

    /** Compiles the emulator and makes the namespaces. */
    static Link create(Path dir) throws IOException, InterruptedException {
        Path source = Path.of(System.getProperty("sluice.home", "."), "bench", "linkem.c");
        run(dir, List.of("cc", "-O2", "-o", dir.resolve("linkem").toString(), source.toString(), "-lm"));
        String suffix = "-" + ProcessHandle.current().pid();
        Link link = new Link("sluice-a" + suffix, "sluice-b" + suffix, dir);
        for (String name : List.of(link.near, link.far)) {
            run(dir, List.of("ip", "netns", "add", name));
            run(dir, List.of("ip", "-n", name, "link", "set", "lo", "up"));
        }
        return link;
    }

    /** Lets the link be as {@code options} of the emulator say, in place of what it was. */
    void up(List<String> options) throws IOException, InterruptedException {
        down();
        List<String> command = new ArrayList<>(List.of(dir.resolve("linkem").toString()));
        command.addAll(options);
        command.addAll(List.of(near, far));
        Program started = Program.start("linkem", dir, command);
        emulator = started;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!started.output().contains("linkem: up")) {
            if (System.nanoTime() > end) {
                throw new IOException("the link does not come up: " + started.output());
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Lets the blackout or the rebinding happen that the emulator was told of. */
    void event() throws IOException, InterruptedException {
        Program now = emulator;
        if (now != null) {
            run(dir, List.of("kill", "-USR1", Long.toString(now.pid())));
        }
    }

    private void down() {
        Program now = emulator;
        if (now != null) {
            now.close();
            emulator = null;
        }
    }

    /** The address of the far end. */
    String farAddress() {
        return far.isEmpty() ? "127.0.0.1" : "10.99.0.2";
    }

    /** {@code command} at the near end. */
    List<String> near(List<String> command) {
        return inside(near, command);
    }

    /** {@code command} at the far end. */
    List<String> far(List<String> command) {
        return inside(far, command);
    }

    /** The congestion control that TCP connections made from now on have at the far end; a route may name any that the kernel has. */
    void congestion(String name) throws IOException, InterruptedException {
        if (!far.isEmpty()) {
            run(dir, List.of("ip", "-n", far, "route", "replace", "10.99.0.0/24", "dev", "lk0", "proto", "kernel", "scope",
                    "link",
                    "src", "10.99.0.2", "congctl", name));
        }
    }

    /** The bytes that both ends have put on the wire, lost ones included; 0 on loopback. */
    long wireBytes() throws IOException, InterruptedException {
        if (far.isEmpty()) {
            return 0;
        }
        long bytes = 0;
        for (String name : List.of(near, far)) {
            Program cat = Program.start("cat-" + name, dir,
                    inside(name, List.of("cat", "/sys/class/net/lk0/statistics/tx_bytes")));
            cat.awaitEnd(10);
            bytes += Long.parseLong(cat.output().strip());
        }
        return bytes;
    }

    private static List<String> inside(String name, List<String> command) {
        if (name.isEmpty()) {
            return command;
        }
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(command);
        return all;
    }

    private static void run(Path dir, List<String> command) throws IOException, InterruptedException {
        Program program = Program.start("setup", dir, command);
        int status = program.awaitEnd(30);
        if (status != 0) {
            throw new IOException(String.join(" ", command) + ": " + program.output().strip());
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        down();
        if (!far.isEmpty()) {
            run(dir, List.of("ip", "netns", "del", near));
            run(dir, List.of("ip", "netns", "del", far));
        }
    }
}
