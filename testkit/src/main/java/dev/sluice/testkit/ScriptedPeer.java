package dev.sluice.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A peer over plain TCP that does as it is told, good or bad: expects bytes, sends bytes, ends its output, resets, or stalls. Text is
 * one byte per character. Blocking, for virtual threads; a step that waits for more than ten seconds fails.
 */
public final class ScriptedPeer implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 10_000;

    private final Socket socket;

    private ScriptedPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
    }

    /** What a server does with the one client it takes. */
    @FunctionalInterface
    public interface Script {
        /** Plays; the connection is closed afterwards. */
        void play(ScriptedPeer peer) throws Exception;
    }

    /** A server that takes one client. */
    public static final class Server implements AutoCloseable {
        private final ServerSocket listener;
        private final CompletableFuture<Boolean> played = new CompletableFuture<>();

        private Server(Script script) throws IOException {
            listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            Thread.ofVirtual().name("scripted-peer").start(() -> {
                try (ScriptedPeer peer = new ScriptedPeer(listener.accept())) {
                    script.play(peer);
                    played.complete(true);
                } catch (Exception | AssertionError e) {
                    played.completeExceptionally(e);
                }
            });
        }

        /** Where it listens. */
        public InetSocketAddress address() {
            return (InetSocketAddress) listener.getLocalSocketAddress();
        }

        /** Waits for the end of the script, and fails as it failed. */
        public void verify() throws InterruptedException {
            try {
                played.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw new AssertionError("the scripted peer failed", e.getCause());
            } catch (TimeoutException e) {
                throw new AssertionError("the script has not ended", e);
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }

    /** Listens on a free port of loopback and plays {@code script} with the first client. */
    public static Server listen(Script script) throws IOException {
        return new Server(script);
    }

    /** Connects as a client. */
    public static ScriptedPeer connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, PATIENCE_MILLIS);
        return new ScriptedPeer(socket);
    }

    /** Fails unless exactly these bytes come next. */
    public ScriptedPeer expect(String text) throws IOException {
        String got = new String(socket.getInputStream().readNBytes(text.length()), ISO_8859_1);
        if (!got.equals(text)) {
            throw new AssertionError("expected \"" + text + "\" and got \"" + got + "\"");
        }
        return this;
    }

    /** Fails unless the other side has ended its output in order. */
    public ScriptedPeer expectEnd() throws IOException {
        int next = socket.getInputStream().read();
        if (next >= 0) {
            throw new AssertionError("expected the end and got byte " + next);
        }
        return this;
    }

    /** Fails unless the other side resets; bytes before that are skipped. */
    public ScriptedPeer expectReset() throws IOException {
        long skipped;
        try {
            skipped = socket.getInputStream().readAllBytes().length;
        } catch (IOException e) {
            return this;
        }
        throw new AssertionError("expected a reset and got an orderly end after " + skipped + " bytes");
    }

    /** Sends bytes. */
    public ScriptedPeer send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        return this;
    }

    /** Ends output, and goes on reading. */
    public ScriptedPeer finish() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Resets the connection. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Does nothing, and reads nothing, until {@code done}. */
    public ScriptedPeer stallUntil(CompletableFuture<?> done) throws Exception {
        done.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        return this;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
