package dev.sluice.app.cli;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.server.Training;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code sluice train}: what the launcher runs once to fill the AOT cache. Not for people. */
@Command(name = "train", hidden = true, description = "Run briefly against itself, so that the JVM learns what a start needs.")
final class TrainCommand implements Callable<Integer> {

    @Override
    public Integer call() throws Exception {
        Config config = config();
        Training.run(config);
        return Sluice.OK;
    }

    private static Config config() throws ConfigException {
        Path here = Path.of("").toAbsolutePath();
        return ConfigFile.read((Path) null,
                new Overrides(List.of("mixed://127.0.0.1:0"), List.of(), "off", null, null, null, here),
                Map.of());
    }
}
