package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigException;
import dev.sluice.app.server.Runner;
import dev.sluice.app.server.Training;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** The command {@code sluice} and its subcommands. Alone it prints its help. */
@Command(name = "sluice", sortOptions = false, usageHelpAutoWidth = true, subcommands = {RunCommand.class, CheckCommand.class,
        SchemaCommand.class, VersionCommand.class,
        CompletionCommand.class,
        RudpCommand.class}, description = "One port for a browser, curl or a whole office: an HTTP and SOCKS proxy.", synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n", footer = {
                "", "Try it:", "  sluice run", "  curl -x 127.0.0.1:8088 https://example.com", "",
                "'sluice COMMAND --help' explains a command."})
public final class Sluice implements Runnable {
    /** Everything went as it should. */
    public static final int OK = 0;
    /** Something failed while it ran. */
    public static final int FAILURE = 1;
    /** The command line or the configuration is wrong. */
    public static final int USAGE = 2;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs a command line and gives the exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        boolean training = args.length > 1 && args[0].equals("train"); // the launcher's, to fill the AOT cache; a plain run follows
        PlainRun plain = PlainRun.parse(training ? Arrays.copyOfRange(args, 1, args.length) : args);
        if (plain != null) {
            Consumer<Runner> goOn = runner -> {};
            return RunCommand.start(plain.file(), plain.overrides(), err, training ? Training::begin : goOn);
        }
        return commandLine(out, err).execute(args);
    }

    /** The command with everything set up, for running, and for tests of its texts. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        CommandLine line = new CommandLine(new Sluice());
        line.setOut(out).setErr(err);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setUsageHelpAutoWidth(true);
        line.setUsageHelpLongOptionsMaxWidth(28);
        line.setColorScheme(new ColorScheme.Builder(CommandLine.Help.defaultColorScheme(ansi())).build());
        line.setParameterExceptionHandler(Sluice::wrongUsage);
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(e, command));
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version").versionHelp(true).description("Show the version.").build());
        addHelp(line);
        line.getCommandSpec().versionProvider(() -> new String[]{Version.text()});
        return line;
    }

    private static void addHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help").usageHelp(true).description("Show this help.").build());
        line.getSubcommands().values().forEach(Sluice::addHelp);
    }

    /** Only the launcher can see whether standard output is a terminal. */
    private static Ansi ansi() {
        boolean colour = "tty".equals(System.getProperty("sluice.stdout")) && System.getenv("NO_COLOR") == null;
        return colour ? Ansi.ON : Ansi.OFF;
    }

    private static int wrongUsage(CommandLine.ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("sluice: " + e.getMessage());
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched
                && looksLikeAFile(unmatched.getUnmatched().getFirst())) {
            err.println("A configuration is named with -c: '" + command.getCommandSpec().qualifiedName() + " -c "
                    + unmatched.getUnmatched().getFirst() + "'.");
        }
        CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
        err.println("'" + command.getCommandSpec().qualifiedName() + " --help' shows what can be said.");
        err.flush();
        return USAGE;
    }

    private static boolean looksLikeAFile(String argument) {
        return argument.endsWith(".yaml") || argument.endsWith(".yml");
    }

    private static int failed(Exception e, CommandLine command) {
        if (e instanceof ConfigException wrong) {
            CheckCommand.print(wrong.faults(), command.getErr());
            return USAGE;
        }
        String message = e.getMessage();
        command.getErr().println("sluice: " + (message == null ? e.toString() : message));
        command.getErr().flush();
        return FAILURE;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
