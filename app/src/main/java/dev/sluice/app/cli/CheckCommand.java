package dev.sluice.app.cli;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Fault;
import dev.sluice.app.config.Overrides;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice check}. */
@Command(name = "check", sortOptions = false, description = "Check a configuration file without starting anything.", footer = {"",
        "Every fault is printed as file:line:column: what is wrong, what is allowed.", "",
        "  sluice check -c sluice.yaml && systemctl reload sluice"}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                "0:the file is good", "2:it has faults"})
final class CheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = {"-c", "--config"}, paramLabel = "FILE", required = true, description = "The configuration file.")
    private Path file = Path.of("sluice.yaml");

    @Override
    public Integer call() {
        try {
            Config config = ConfigFile.read(file, Overrides.none(Path.of("").toAbsolutePath()), System.getenv());
            spec.commandLine().getOut()
                    .println(file + ": ok, " + config.inbounds().size() + " inbounds, " + config.outbounds().size()
                            + " outbounds, " + config.routes().size() + " routes");
            return Sluice.OK;
        } catch (ConfigException e) {
            print(e.faults(), spec.commandLine().getErr());
            return Sluice.USAGE;
        }
    }

    /** One line for each fault, and how many there are. */
    static void print(List<Fault> faults, PrintWriter err) {
        faults.forEach(fault -> err.println(fault));
        err.println(faults.size() == 1 ? "1 fault" : faults.size() + " faults");
        err.flush();
    }
}
