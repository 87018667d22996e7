package dev.sluice.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sluice rudp}. Alone it prints its help. */
@Command(name = "rudp", sortOptions = false, usageHelpAutoWidth = true, subcommands = {RudpServerCommand.class,
        RudpCatCommand.class,
        RudpPerfCommand.class}, description = "Try reliable UDP by hand: a server, a netcat, a speed test.", synopsisSubcommandLabel = "COMMAND", commandListHeading = "%nCommands:%n", footer = {
                "", "URIs are written rudp://secret@host:port[?key=SERVER-KEY]. A secret may be written env:NAME or",
                "file:PATH; flags show in 'ps'. Without ?key= the server's key is remembered at first use, and a", //
                "server that comes with another one is refused. Further options of URIs: ?cc=ALGORITHM ?fec=1",
                "?early-data=1 ?idle=30s ?keep-alive=15s ?max-packet=BYTES ?trace=DIR (qlog).", "", "Try it:",
                "  sluice rudp server --listen rudp://hush@127.0.0.1:9443", //
                "  sluice rudp perf rudp://hush@127.0.0.1:9443", //
                "  echo hello | sluice rudp cat rudp://hush@127.0.0.1:9443"})
final class RudpCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
