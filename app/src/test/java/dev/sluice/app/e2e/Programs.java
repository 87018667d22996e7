package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Peer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that a test runs to their end. */
final class Programs {
    private static final int LIMIT_SECONDS = 50;

    private Programs() {}

    /** What a program printed, and how it ended. */
    record Result(int exit, String output) {}

    /** Runs it to its end; standard output and error together. The test is skipped where there is no such program. */
    static Result run(List<String> command) throws IOException, InterruptedException {
        List<String> found = new ArrayList<>(command);
        found.set(0, Peer.program(command.getFirst()).toString());
        Path output = Files.createTempFile("sluice-e2e", ".out");
        try {
            Process process = new ProcessBuilder(found).redirectErrorStream(true).redirectOutput(output.toFile()).start();
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
