package dev.sluice.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is printed, and with which code a command ends. */
final class SluiceTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory = Path.of("");

    private int run(String... args) {
        return Sluice.run(new PrintWriter(out), new PrintWriter(err), args);
    }

    @Test
    void aloneItHelps() {
        assertThat(run()).isZero();
        assertThat(out.toString()).contains("run", "check", "schema", "version", "completion", "curl -x 127.0.0.1:8088")
                .doesNotContain("train");
    }

    @Test
    void helpHasExamples() {
        assertThat(run("run", "--help")).isZero();
        assertThat(out.toString()).contains("--listen", "--via", "Examples:", "sluice run --via socks5://");
    }

    @Test
    void checkSaysOkOrEachFault() throws Exception {
        Path good = Files.writeString(directory.resolve("good.yaml"), "inbounds: [{type: mixed, listen: '127.0.0.1:1'}]\n");
        Path bad = Files.writeString(directory.resolve("bad.yaml"), "inbounds:\n  - {type: mixed, listen: 'x'}\nfoo: 1\n");
        assertThat(run("check", "-c", good.toString())).isZero();
        assertThat(out.toString()).contains("ok, 1 inbounds");
        assertThat(run("check", "-c", bad.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(bad + ":2:27: 'x' has no port", bad + ":3:1: unknown key 'foo'", "2 faults");
        assertThat(run("check", "-c", directory.resolve("none.yaml").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("none.yaml: the file cannot be read: no such file");
    }

    @Test
    void wrongUsageIsTwoAndNeverAStackTrace() {
        assertThat(run("rnu")).isEqualTo(2);
        assertThat(run("check")).isEqualTo(2);
        assertThat(run("run", "--listen", "nonsense")).isEqualTo(2);
        assertThat(run("run", "--log-level", "loud")).isEqualTo(2);
        assertThat(err.toString()).contains("sluice: ", "--help", "--log-level loud: 'loud' is not known")
                .doesNotContain("\tat ");
    }

    @Test
    void aFileWithoutItsOptionIsUnderstood() {
        assertThat(run("run", "proxy.yaml")).isEqualTo(2);
        assertThat(err.toString()).contains("'sluice run -c proxy.yaml'");
    }

    @Test
    void plainRunsAreReadAsDeclared() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        assertThat(Objects.requireNonNull(Sluice.commandLine(nowhere, nowhere).getSubcommands().get("run")).getCommandSpec()
                .optionsMap()
                .keySet()).containsAll(PlainRun.names()).hasSize(PlainRun.names().size() + 2); // and -h, --help
        PlainRun plain = Objects
                .requireNonNull(PlainRun.parse(new String[]{"run", "-c", "f", "--via=a", "--via", "b", "--admin", "off"}));
        assertThat(plain.file()).isEqualTo(Path.of("f"));
        assertThat(plain.overrides().via()).containsExactly("a", "b");
        assertThat(plain.overrides().admin()).isEqualTo("off");
        for (String other : List.of("run --help", "run x", "run -c", "run -c a -c b", "run --listen --via", "run --lisen a",
                "check -c a")) {
            assertThat(PlainRun.parse(other.split(" "))).as(other).isNull();
        }
    }

    @Test
    void schemaVersionAndCompletion() {
        assertThat(run("schema")).isZero();
        assertThat(out.toString()).startsWith("{\n  \"$schema\"");
        assertThat(run("version")).isZero();
        assertThat(out.toString()).containsPattern("sluice \\d+\\.\\d+.* \\(Java \\d+");
        assertThat(run("completion", "zsh")).isZero();
        assertThat(out.toString()).contains("bashcompinit", "--log-level");
    }

    @Test
    void aUriThatIsNotOneOfReliableUdpIsWrongUsage() {
        for (List<String> command : List.of(List.of("server", "--listen"), List.of("cat"), List.of("cat", "--listen"),
                List.of("perf"))) {
            List<String> line = new ArrayList<>(List.of("rudp"));
            line.addAll(command);
            line.add("hush:hunter2@127.0.0.1:1");
            assertThat(run(line.toArray(String[]::new))).as("%s", command).isEqualTo(2);
        }
        assertThat(err.toString().lines()).hasSize(8).contains("URI: it is written rudp://secret@host:port")
                .noneMatch(line -> line.contains("hunter2"));
    }

    @Test
    void aMissingSecretIsOneFault() {
        assertThat(run("rudp", "server", "--listen", "rudp://127.0.0.1:0")).isEqualTo(2);
        assertThat(run("rudp", "cat", "rudp://127.0.0.1:1")).isEqualTo(2);
        assertThat(run("run", "--via", "anytls://127.0.0.1")).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("""
                --listen rudp://127.0.0.1:0: the secret is missing: rudp://secret@host:port
                1 fault
                rudp://127.0.0.1:1: the secret is missing: rudp://secret@host:port
                1 fault
                --via anytls://127.0.0.1: the password is missing: anytls://password@host:port
                1 fault
                """);
    }

    @Test
    void aKeyOfTlsIsUnknownToAListenerOfReliableUdpByItsOwnName() {
        assertThat(run("rudp", "server", "--listen", "rudp://hush@127.0.0.1:0?key=a")).isEqualTo(2);
        assertThat(err.toString()).contains("unknown key 'key' in an inbound of type rudp");
    }

    @Test
    void aKeyThatCannotBeKeptIsToldWithItsFile() throws Exception {
        Path notADirectory = Files.writeString(directory.resolve("rudp"), "");
        assertThat(run("rudp", "server", "--listen", "rudp://hush@127.0.0.1:0", "--state-dir", directory.toString()))
                .isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("sluice: the key " + notADirectory.resolve("server.key") + " cannot be kept: Not a directory\n");
    }
}
