package dev.sluice.app.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The schema and the table of keys come of the one declaration. */
final class ConfigSchemaTest {

    @Test
    void everyKeyOfTheDeclarationIsInSchemaAndTable() {
        Map<?, ?> properties = (Map<?, ?>) Objects.requireNonNull(ConfigSchema.schema().get("properties"));
        String table = ConfigSchema.markdown();
        for (Key<?> key : Config.TYPE.keys()) {
            assertThat(properties.containsKey(key.name())).isTrue();
            assertThat(table).contains("| `" + key.name() + "` |");
        }
        assertThat(table).contains("`inbounds, type forward`", "`outbounds, type balance`", "`routes.when`",
                "| `domain-suffix` |");
    }

    @Test
    void thePageOfKeysIsUpToDate() throws IOException {
        assertThat(Files.readString(Path.of("..", "docs", "configuration.md")))
                .as("write the output of: ./sluice schema --markdown")
                .endsWith(ConfigSchema.markdown());
    }

    @Test
    void onlyWordsOfJsonSchemaAreUsed() {
        check(ConfigSchema.schema(), true);
    }

    private static void check(Map<?, ?> schema, boolean root) {
        List<String> words = List.of("type", "properties", "required", "additionalProperties", "patternProperties", "description",
                "default",
                "enum", "const", "pattern", "minimum", "maximum", "items", "anyOf", "oneOf");
        schema.forEach((key, value) -> {
            assertThat(words.contains(key) || (root && (key.equals("$schema") || key.equals("title")))).as("%s", key).isTrue();
            if (key.equals("properties")) {
                ((Map<?, ?>) value).values().forEach(v -> check((Map<?, ?>) v, false));
            } else if (key.equals("items")) {
                check((Map<?, ?>) value, false);
            } else if (key.equals("anyOf") || key.equals("oneOf")) {
                ((List<?>) value).forEach(v -> check((Map<?, ?>) v, false));
            }
        });
    }
}
