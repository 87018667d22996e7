package dev.sluice.app.cli;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.server.Runner;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice run}. */
@Command(name = "run", sortOptions = false, usageHelpAutoWidth = true, description = {
        "Start the proxy. Without options it speaks HTTP and SOCKS on 127.0.0.1:8088.", ""}, footer = {"",
                "Listeners (--listen):", //
                "  mixed://[user:password@]host:port     HTTP and SOCKS on one port", //
                "  http://...  socks5://...              only one of them", //
                "  tcp://host:port?to=host:port          a port that leads to one place; also udp://", //
                "  anytls://password@host[:port]         an AnyTLS server; makes a certificate where none is given", //
                "      with ?fallback=http://host:port   ?plain=1 (a front end speaks TLS)", //
                "  rudp://secret@host:port               a server of reliable UDP; prints its key", //
                "  with ?allow-from=CIDR,...  ?allow-private=1  ?cert=FILE&key=FILE (TLS)", "", //
                "Proxies to go through (--via):", //
                "  http://[user:password@]host:port      https:// for an HTTP proxy over TLS, socks5://", //
                "  anytls://password@host[:port]/        an AnyTLS server", //
                "  rudp://secret@host:port               a server of reliable UDP; with ?key=SERVER-KEY", //
                "      ?cc=bbr|cubic|vegas|fixed-rate=BITS  ?fec=1  ?early-data=1  ?idle=30s  ?keep-alive=15s  ?trace=DIR", //
                "  with ?sni=NAME  ?pin=sha256:HEX  ?ca=FILE  ?insecure=1 for https:// and anytls://", "", //
                "A password may be written env:NAME or file:PATH; flags show in 'ps'.", "", "Examples:", //
                "  sluice run", //
                "      curl -x 127.0.0.1:8088 https://example.com", //
                "  sluice run --listen mixed://alice:env:PW@0.0.0.0:8088", //
                "      for others, with a password", //
                "  sluice run --via socks5://127.0.0.1:1080 --via https://proxy.example:443", //
                "      a chain, first hop first", //
                "  sluice run --listen 'tcp://127.0.0.1:5432?to=db.internal:5432'", //
                "  sluice run -c sluice.yaml"}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:stopped by a signal",
                        "1:something failed, such as a port that is taken",
                        "2:the command line or the file is wrong"})
final class RunCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = {"-c",
            "--config"}, paramLabel = "FILE", description = "Configuration file. It is watched: a valid new version is taken over without cutting connections.")
    private @Nullable Path file;

    @Option(names = "--listen", paramLabel = "URI", description = "Listen here, too. Repeatable.")
    private List<String> listen = List.of();

    @Option(names = "--via", paramLabel = "URI", description = "Reach everything through this proxy. Repeated: a chain.")
    private List<String> via = List.of();

    @Option(names = "--admin", paramLabel = "HOST:PORT|off", description = "Health, metrics and connections (default: 127.0.0.1:9088).")
    private @Nullable String admin;

    @Option(names = "--log", paramLabel = "text|json", description = "How log lines look (default: text).")
    private @Nullable String log;

    @Option(names = "--log-level", paramLabel = "LEVEL", description = "error, warn, info, debug or trace (default: info).")
    private @Nullable String logLevel;

    @Option(names = "--state-dir", paramLabel = "DIR", description = "Where keys that Sluice makes are kept (default: per user).")
    private @Nullable String stateDir;

    @Override
    public Integer call() {
        Overrides overrides = new Overrides(listen, via, admin, log, logLevel, stateDir, Path.of("").toAbsolutePath());
        return start(file, overrides, spec.commandLine().getErr(), runner -> {});
    }

    /** Reads the configuration and runs until a signal ends it; gives the exit code. {@code started} is called once it listens. */
    static int start(@Nullable Path file, Overrides overrides, PrintWriter err, Consumer<Runner> started) {
        Config config;
        try {
            config = ConfigFile.read(file, overrides, System.getenv());
        } catch (ConfigException e) {
            CheckCommand.print(e.faults(), err);
            return Sluice.USAGE;
        }
        return Runner.run(config, file, overrides, err, started);
    }
}
