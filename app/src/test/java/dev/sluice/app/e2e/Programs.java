package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Real programs that a test needs. A missing one is a skip that says its name. */
final class Programs {
    private static final int LIMIT_SECONDS = 50;

    private Programs() {}

    /** What a program printed, and how it ended. */
    record Result(int exit, String output) {}

    static void require(String program) {
        boolean found = Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
        assumeTrue(found, "skipped: " + program + " not found");
    }

    /** Where a program is: in the directory of the property {@code sluice.peers}, in {@code SLUICE_PEERS}, or on the path. */
    static String find(String program) {
        List<String> places = new ArrayList<>();
        for (String own : new String[]{System.getProperty("sluice.peers"), System.getenv("SLUICE_PEERS")}) {
            if (own != null) {
                places.addAll(List.of(own, own + "/bin"));
            }
        }
        places.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        Optional<Path> found = places.stream().map(dir -> Path.of(dir, program)).filter(Files::isExecutable).findFirst();
        assumeTrue(found.isPresent(), "skipped: " + program + " not found");
        return found.orElseThrow().toAbsolutePath().toString();
    }

    /** Starts it, and waits until it listens on {@code port}; closing ends it. */
    static AutoCloseable start(Path directory, int port, String... command) throws IOException {
        File log = directory.resolve("peer-" + port + ".log").toFile();
        Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).redirectOutput(log)
                .start();
        AutoCloseable end = () -> {
            process.destroy();
            if (!process.waitFor(3, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor(3, TimeUnit.SECONDS);
            }
        };
        try {
            await().atMost(Duration.ofSeconds(15)).until(() -> listens(port));
            return end;
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw new AssertionError(command[0] + " does not listen: " + Files.readString(log.toPath()), e);
        }
    }

    private static boolean listens(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs it to its end; standard output and error together. */
    static Result run(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("sluice-e2e", ".out");
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            String text = new String(Files.readAllBytes(output), StandardCharsets.ISO_8859_1);
            assertThat(ended).as("%s did not end; it printed:%n%s", command, text).isTrue();
            return new Result(process.exitValue(), text);
        } finally {
            Files.delete(output);
        }
    }
}
