package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigSchema;
import dev.sluice.app.json.Json;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice schema}. */
@Command(name = "schema", description = "Print the JSON Schema of the configuration file, for editors.", footer = {"",
        "Editors with a YAML language server take it by a line at the top of the file:", "  sluice schema > sluice.schema.json",
        "  # yaml-language-server: $schema=sluice.schema.json"})
final class SchemaCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--markdown", description = "Print a table of all keys instead.")
    private boolean markdown;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(markdown ? ConfigSchema.markdown() : Json.pretty(ConfigSchema.schema()));
        spec.commandLine().getOut().flush();
        return Sluice.OK;
    }
}
