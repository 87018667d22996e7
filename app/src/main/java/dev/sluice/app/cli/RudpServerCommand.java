package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigException;
import dev.sluice.app.server.Signals;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.stream.Stream;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice rudp server}. Main accepts; each connection and each stream has a virtual thread. */
@Command(name = "server", sortOptions = false, description = {
        "Answer speed tests, and send everything else back where it came from, until a signal ends it.", ""}, footer = {"",
                "  sluice rudp server --listen rudp://env:SECRET@0.0.0.0:9443", "",
                "Standard output says where it listens, its key, and the line that a client needs."}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                        "0:stopped by a signal", "1:something failed, such as a port that is taken",
                        "2:the command line is wrong"})
final class RudpServerCommand implements Callable<Integer> {
    /** How long connections may go on after a signal. */
    private static final Duration DRAIN = Duration.ofMillis(500);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--listen", required = true, paramLabel = "URI", description = "rudp://secret@host:port. Port 0 lets the system pick one.")
    private String listen = "";

    @Option(names = "--state-dir", paramLabel = "DIR", description = "Where the server's key is kept (default: per user).")
    private @Nullable String stateDir;

    @Override
    public Integer call() throws ConfigException, IOException {
        RudpServer server = RudpUris.listen(listen, stateDir).bind();
        AtomicBoolean stopped = new AtomicBoolean();
        Signals.onStop(() -> {
            stopped.set(true);
            server.drain(DRAIN);
        });
        announce(server);
        try {
            while (true) {
                RudpConnection connection = server.accept();
                Thread.ofVirtual().start(() -> streams(connection));
            }
        } catch (IOException e) { // it is closed, and every connection has ended
            if (!stopped.get()) {
                throw e;
            }
            return Sluice.OK;
        }
    }

    private void announce(RudpServer server) {
        PrintWriter out = spec.commandLine().getOut();
        String address = NetUtil.toSocketAddressString(server.address());
        String reached = server.address().getAddress().isAnyLocalAddress() ? "HOST:" + server.address().getPort() : address;
        out.println("listening on " + address);
        out.println("key " + server.key());
        out.println("client: sluice rudp perf 'rudp://SECRET@" + reached + "?key=" + server.key() + "'");
        out.flush();
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
