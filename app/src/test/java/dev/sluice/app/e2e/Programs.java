package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
