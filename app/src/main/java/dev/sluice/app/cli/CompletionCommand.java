package dev.sluice.app.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice completion}. */
@Command(name = "completion", description = "Print a script that completes commands and options in a shell.", footer = {"",
        "  source <(sluice completion bash)", "  source <(sluice completion zsh)"})
final class CompletionCommand implements Callable<Integer> {

    /** Shells that are known. */
    enum Shell {
        /** GNU Bash. */
        bash,
        /** Zsh, through its bash mode. */
        zsh
    }

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "SHELL", defaultValue = "bash", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Shell shell = Shell.bash;

    @Override
    public Integer call() {
        if (shell == Shell.zsh) {
            spec.commandLine().getOut()
                    .println("autoload -U +X compinit && compinit; autoload -U +X bashcompinit && bashcompinit");
        }
        spec.commandLine().getOut().print(AutoComplete.bash("sluice", spec.root().commandLine()));
        spec.commandLine().getOut().flush();
        return Sluice.OK;
    }
}
