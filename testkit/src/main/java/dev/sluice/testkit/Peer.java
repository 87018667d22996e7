package dev.sluice.testkit;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/**
 * A foreign program that a test talks to, looked for in the directory of the system property {@code sluice.peers}, in
 * {@code SLUICE_PEERS}, and then on the path; a test without its peer is skipped, and says which one is missing.
 */
public final class Peer implements AutoCloseable {
    private final Process process;

    private Peer(Process process) {
        this.process = process;
    }

    /** Where the program is; the test is skipped where it is not. */
    public static Path program(String name) {
        List<String> places = new ArrayList<>();
        for (String own : new String[]{System.getProperty("sluice.peers"), System.getenv("SLUICE_PEERS")}) {
            if (own != null) {
                places.addAll(List.of(own, own + "/bin"));
            }
        }
        places.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)));
        places.add("/usr/sbin"); // where Debian puts servers, not always on an ordinary user's path
        for (String place : places) {
            Path file = Path.of(place, name).toAbsolutePath();
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        return Assumptions.abort("skipped: " + name + " not found");
    }

    /** A port of loopback that nobody listened on a moment ago. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Starts it, and waits until it listens on {@code port} of loopback. */
    public static Peer start(Path directory, int port, String... command) throws IOException {
        File log = directory.resolve("peer-" + port + ".log").toFile();
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(log)
                .start();
        Peer peer = new Peer(process);
        try {
            Awaitility.await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(20)).until(() -> listens(port));
        } catch (RuntimeException e) {
            peer.close();
            throw new AssertionError(command[0] + " does not listen: " + Files.readString(log.toPath()), e);
        }
        return peer;
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Ends it, by force if it has to be. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(3, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(3, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
