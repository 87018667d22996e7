package dev.sluice.app.cli;

import dev.sluice.app.config.ConfigException;
import dev.sluice.core.CloseReason;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.RudpServer;
import dev.sluice.stream.Stream;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice rudp cat}. Main copies what comes, a thread of its own what goes. */
@Command(name = "cat", sortOptions = false, description = {
        "Standard input to a stream, and the stream to standard output, as nc does.",
        ""}, footer = {"", "The end of standard input ends the stream's output, and the answer is still read. With --listen it",
                "serves one stream and ends. Standard output holds the stream's bytes and nothing else.", "",
                "  sluice rudp cat --listen rudp://hush@0.0.0.0:9443 < /dev/null > backup.tar",
                "  tar c . | sluice rudp cat rudp://hush@server:9443"}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
                        "0:both directions ended in order", "1:something failed; one line says what",
                        "2:the command line is wrong"})
final class RudpCatCommand implements Callable<Integer> {
    private static final int CHUNK = 128 * 1024;
    /** Longer than the connection itself goes on delivering. */
    private static final long FAREWELL_SECONDS = 20;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--listen", paramLabel = "URI", description = "Wait here for a client: rudp://secret@host:port.")
    private @Nullable String listen;

    @Parameters(arity = "0..1", paramLabel = "URI", description = "Connect: rudp://secret@host:port[?key=SERVER-KEY].")
    private @Nullable String connect;

    @Option(names = "--state-dir", paramLabel = "DIR", description = "Where keys are kept (default: per user).")
    private @Nullable String stateDir;

    private final Farewell farewell = new Farewell();

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        String to = connect;
        String at = listen;
        if ((to == null) == (at == null)) {
            throw new ParameterException(spec.commandLine(), "give either a URI to connect to, or --listen URI");
        }
        try {
            if (to != null) {
                RudpConnection connection = farewell.on(RudpUris.connect(to, stateDir).connect(null));
                carry(connection, farewell.over(connection.openStream()));
            } else if (at != null) {
                serve(RudpUris.listen(at, stateDir));
            }
        } catch (IOException e) {
            if (!farewell.leaving()) {
                throw e;
            }
        }
        return Sluice.OK;
    }

    private void serve(RudpUris.Listen uri) throws IOException, InterruptedException {
        RudpServer server = uri.bind();
        spec.commandLine().getErr()
                .println("listening on " + NetUtil.toSocketAddressString(server.address()) + ", key " + server.key());
        spec.commandLine().getErr().flush();
        RudpConnection connection = farewell.on(server.accept());
        Thread.ofVirtual().start(() -> refuseOthers(server));
        carry(connection, farewell.over(connection.acceptStream()));
        server.close();
        server.closed().await(FAREWELL_SECONDS, TimeUnit.SECONDS);
    }

    private static void refuseOthers(RudpServer server) {
        try {
            while (true) {
                server.accept().close("the server is busy: it serves one client");
            }
        } catch (IOException e) {
            // it is closed
        }
    }

    private static void carry(RudpConnection connection, Stream stream) throws IOException, InterruptedException {
        AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        CountDownLatch sent = new CountDownLatch(1);
        connection.closing().addListener((Future<CloseReason> f) -> { // who has gone takes no more, however long we could read
            CloseReason why = f.getNow();
            boolean inOrder = why.kind() == CloseReason.Kind.PEER_CLOSED && why.detail().isEmpty();
            if (sent.getCount() > 0 && !inOrder) {
                failure.compareAndSet(null, new IOException(why.detail().isEmpty() ? why.toString() : why.detail()));
            }
            sent.countDown();
        });
        Thread.ofPlatform().daemon().name("stdin").start(() -> {
            try (InputStream in = new FileInputStream(FileDescriptor.in)) {
                copy(in, stream.output());
                stream.shutdownOutput();
            } catch (IOException e) {
                failure.compareAndSet(null, e);
            }
            sent.countDown();
        });
        try (OutputStream out = new FileOutputStream(FileDescriptor.out)) {
            copy(stream.input(), out);
        }
        sent.await();
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        stream.close();
        connection.close();
        connection.closed().await(FAREWELL_SECONDS, TimeUnit.SECONDS);
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] chunk = new byte[CHUNK];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            out.write(chunk, 0, n);
        }
        out.flush();
    }
}
