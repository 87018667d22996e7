package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigException;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.stream.Stream;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice rudp server}. Main accepts; each connection and each stream has a virtual thread. */
@Command(name = "server", sortOptions = false, description = {
        "Answer speed tests, and send everything else back where it came from, until a signal ends it.", ""}, footer = {"",
                "  sluice rudp server --listen rudp://env:SECRET@0.0.0.0:9443", "",
                "Standard output says where it listens, its key, and the line that a client needs."})
final class RudpServerCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--listen", required = true, paramLabel = "URI", description = "rudp://secret@host:port. Port 0 lets the system pick one.")
    private String listen = "";

    @Option(names = "--state-dir", paramLabel = "DIR", description = "Where the server's key is kept (default: per user).")
    private @Nullable String stateDir;

    @Override
    public Integer call() throws IOException {
        RudpUris.Listen uri;
        try {
            uri = RudpUris.listen(listen, stateDir);
        } catch (ConfigException e) {
            CheckCommand.print(e.faults(), spec.commandLine().getErr());
            return Sluice.USAGE;
        }
        try (RudpServer server = uri.bind()) {
            PrintWriter out = spec.commandLine().getOut();
            String host = server.address().getAddress().isAnyLocalAddress() ? "HOST" : server.address().getHostString();
            out.println("listening on " + server.address().getHostString() + ":" + server.address().getPort());
            out.println("key " + server.key());
            out.println(
                    "client: sluice rudp perf 'rudp://SECRET@" + host + ":" + server.address().getPort() + "?key=" + server.key()
                            + "'");
            out.flush();
            while (true) {
                RudpConnection connection = server.accept();
                Thread.ofVirtual().start(() -> streams(connection));
            }
        }
    }

    private static void streams(RudpConnection connection) {
        try {
            while (true) {
                Stream stream = connection.acceptStream();
                Thread.ofVirtual().start(() -> RudpPerf.answer(connection, stream));
            }
        } catch (IOException e) {
            connection.close(); // the client has left
        }
    }
}
