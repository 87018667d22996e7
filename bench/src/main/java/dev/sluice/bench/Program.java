package dev.sluice.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that a benchmark started: its processor time and memory, with those of its children, and its end. One thread. */
final class Program implements AutoCloseable {
    /** Clock ticks a second in {@code /proc/PID/stat}: 100 on every Linux that Java runs on. */
    private static final double TICKS = 100;

    private final String name;
    private final Process process;
    private final Path log;

    private Program(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts {@code command}; its output goes to a file in {@code dir} that is shown where it fails. */
    static Program start(String name, Path dir, List<String> command) throws IOException {
        Path log = dir.resolve(name + ".log");
        Process process = new ProcessBuilder(command).directory(dir.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        return new Program(name, process, log);
    }

    /** Makes a self-signed certificate, {@code NAME.crt} with {@code NAME.key}, in {@code dir}. */
    static void certificate(Path dir, String name) throws IOException, InterruptedException {
        start("openssl", dir, List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=bench", "-keyout", name + ".key", "-out", name + ".crt")).awaitEnd(20);
    }

    /** Waits until something listens on {@code port}. */
    Program awaitPort(int port) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended with " + process.exitValue() + ":\n" + Files.readString(log));
            }
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                return this;
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        throw new IOException(name + " does not listen on " + port + ":\n" + Files.readString(log));
    }

    long pid() {
        return process.pid();
    }

    /** Processor seconds so far, user and system, children included. */
    double cpuSeconds() throws IOException {
        double ticks = 0;
        for (ProcessHandle p : family()) {
            Path stat = Path.of("/proc", Long.toString(p.pid()), "stat");
            if (Files.exists(stat)) {
                String line = Files.readString(stat);
                List<String> fields = List.of(line.substring(line.lastIndexOf(')') + 2).split(" ", -1));
                ticks += Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
            }
        }
        return ticks / TICKS;
    }

    /** Resident memory in MiB, children included. */
    double residentMiB() throws IOException {
        double kib = 0;
        for (ProcessHandle p : family()) {
            Path status = Path.of("/proc", Long.toString(p.pid()), "status");
            if (Files.exists(status)) {
                for (String line : Files.readAllLines(status)) {
                    if (line.startsWith("VmRSS:")) {
                        kib += Double.parseDouble(line.replaceAll("\\D", ""));
                    }
                }
            }
        }
        return kib / 1024;
    }

    private List<ProcessHandle> family() {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        return all;
    }

    /** Waits until it has ended by itself; gives its status. */
    int awaitEnd(int limitSeconds) throws IOException, InterruptedException {
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            throw new IOException(name + " did not end in " + limitSeconds + " s:\n" + output());
        }
        return process.exitValue();
    }

    /** Whether it runs. */
    boolean isAlive() {
        return process.isAlive();
    }

    /** Lets it stand still. */
    void freeze() throws IOException, InterruptedException {
        signal("-STOP");
    }

    /** Lets it go on. */
    void thaw() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        for (ProcessHandle p : family()) {
            new ProcessBuilder("kill", name, Long.toString(p.pid())).start().waitFor();
        }
    }

    /** A line to its standard input. */
    void tell(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** Waits until it has printed a line that begins with {@code start}; gives the rest of that line. */
    String awaitLine(String start, double limitSeconds) throws IOException, InterruptedException {
        long end = System.nanoTime() + (long) (limitSeconds * 1e9);
        while (true) {
            boolean alive = process.isAlive();
            for (String line : output().split("\n", -1)) {
                if (line.startsWith(start)) {
                    return line.substring(start.length()).strip();
                }
            }
            if (!alive || System.nanoTime() > end) {
                throw new IOException(name + (alive ? " does not say '" : " ended without '") + start + "':\n" + output());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    /** What it printed. */
    String output() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() {
        List<ProcessHandle> all = family();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
