package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is what the program takes. */
class ReadmeTest {
    private static final Map<String, String> ENVIRONMENT = Map.of("OFFICE_PASSWORD", "x", "ALICE_PASSWORD", "x", "RUDP_SECRET",
            "x", "PROXY_PASSWORD",
            "x");
    private static final Pattern COMMAND = Pattern.compile("^\\./sluice run((?: +--(?:listen|via) +'[^']+')+)$",
            Pattern.MULTILINE);
    private static final Pattern OPTION = Pattern.compile("--(listen|via) +'([^']+)'");

    @TempDir
    private Path directory = Path.of("");

    @Test
    void theFileIsValid() throws Exception {
        String yaml = readme().split("```yaml\n", 2)[1].split("```", 2)[0];
        Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);

        Config config = ConfigFile.read(file, Overrides.none(directory), ENVIRONMENT);
        assertThat(config.inbounds()).hasSize(1);
    }

    @Test
    void everyCommandIsValid() throws Exception {
        Files.writeString(directory.resolve("password.txt"), "x");
        List<MatchResult> commands = COMMAND.matcher(readme()).results().toList();
        assertThat(commands).hasSizeGreaterThan(4);
        for (MatchResult command : commands) {
            List<String> listen = new ArrayList<>();
            List<String> via = new ArrayList<>();
            OPTION.matcher(command.group(1)).results().forEach(o -> (o.group(1).equals("listen") ? listen : via).add(o.group(2)));
            if (command.group(1).contains("server.pem")) {
                continue; // the files are the reader's
            }
            Overrides overrides = new Overrides(listen, via, null, null, null, null, directory);
            assertThat(ConfigFile.read(null, overrides, ENVIRONMENT).inbounds()).as(command.group()).isNotEmpty();
        }
    }

    @Test
    void theJavaProgramCompiles() throws Exception {
        String lines = readme().split("```java\n", 2)[1].split("```", 2)[0];
        Path source = Files.writeString(directory.resolve("Example.java"), """
                import dev.sluice.rudp.*;
                import dev.sluice.stream.Stream;
                import java.net.InetSocketAddress;

                class Example {
                    static void run(InetSocketAddress address, byte[] bytes) throws Exception {
                        %s
                    }
                }
                """.formatted(lines));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int code = ToolProvider.getSystemJavaCompiler().run(null, said, said, "-proc:none", "-nowarn", "-cp",
                System.getProperty("java.class.path"), "-d", directory.toString(), source.toString());
        assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isZero();
    }

    private static String readme() throws IOException {
        return Files.readString(Path.of("..", "README.md"));
    }
}
