package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.rudp.channel.StatisticsListener;
import dev.sluice.rudp.protocol.ConnectionStats;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.stream.Stream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What callers get wrong, and what goes wrong for them: they hear of it at once, in one readable line, and nothing stays behind. */
@Timeout(60)
class RudpErrorsIT extends ServersAndClients {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final InetSocketAddress NO_SUCH_HOST = InetSocketAddress.createUnresolved("nosuch.invalid", 9);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    /** Counts connections that are there. */
    private static final class Live implements StatisticsListener {
        private final AtomicInteger began = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();

        @Override
        public void began() {
            began.incrementAndGet();
        }

        @Override
        public void progressed(ConnectionStats before, ConnectionStats now) {}

        @Override
        public void ended(ConnectionStats now) {
            ended.incrementAndGet();
        }
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller may give that has no such checks
    void aMoveToNowhereIsRefusedAndTheNextOneGoesOn() throws Exception {
        RudpConnection client = client(server(PLAIN), PLAIN);
        assertThatThrownBy(() -> client.migrate(NO_SUCH_HOST)).isInstanceOf(UnknownHostException.class)
                .hasMessage("no address is known for the host nosuch.invalid");
        assertThatThrownBy(() -> client.migrate(new InetSocketAddress(LOOPBACK, 0))).isInstanceOf(IOException.class)
                .hasMessageContaining("port 0");
        assertThatThrownBy(() -> client.migrate(null)).isInstanceOf(NullPointerException.class).hasMessage("newRemote");
        assertThatThrownBy(() -> client.rebind(null)).isInstanceOf(NullPointerException.class).hasMessage("newLocal");
        assertThatThrownBy(() -> client.rebind(NO_SUCH_HOST)).isInstanceOf(BindException.class)
                .hasMessage("nosuch.invalid:9: the name cannot be resolved");
        client.rebind(ANY);
    }

    @Test
    void aMoveThatTheSystemKnowsNoWayForFailsAtOnce() throws Exception {
        RudpConnection client = client(server(PLAIN), PLAIN);
        InetSocketAddress other = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
        Assumptions.assumeTrue(canBind(other), "skipped: no IPv6 on this machine");
        assertThatThrownBy(() -> client.rebind(other)).isInstanceOf(NoRouteToHostException.class)
                .hasMessageContaining("no way from");
        client.rebind(ANY);
    }

    private static boolean canBind(InetSocketAddress address) {
        try (DatagramSocket socket = new DatagramSocket(address)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller may give that has no such checks
    void nullIsRefusedOnTheThreadOfTheCaller() throws Exception {
        RudpConnection client = client(server(PLAIN), PLAIN);
        assertThatThrownBy(() -> client.close((String) null)).isInstanceOf(NullPointerException.class).hasMessage("reason");
        assertThatThrownBy(() -> client.sendDatagram(null)).isInstanceOf(NullPointerException.class).hasMessage("datagram");
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void hostsThatAreNotKnownAreNamed() {
        assertThatThrownBy(() -> RudpClient.connect(NO_SUCH_HOST, PLAIN)).isInstanceOf(UnknownHostException.class)
                .hasMessage("no address is known for the host nosuch.invalid");
        assertThatThrownBy(() -> RudpServer.bind(NO_SUCH_HOST, PLAIN)).isInstanceOf(BindException.class)
                .hasMessage("nosuch.invalid:9: the name cannot be resolved");
    }

    @Test
    void aKeyThatCannotBeRememberedLeavesNoConnection() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Live live = new Live();
        RudpConfig config = RudpConfig.builder().knownServers(file.resolve("known-servers")).statistics(live).build();
        Path odd = directory.resolve("known-servers");
        Files.createSymbolicLink(odd, directory.resolve("nowhere/at/all"));
        RudpConfig remembering = RudpConfig.builder().knownServers(odd).statistics(live).build();
        RudpServer server = server(PLAIN);
        assertThatThrownBy(() -> RudpClient.connect(server.address(), remembering)).isInstanceOf(IOException.class)
                .hasMessageContaining("cannot be remembered in " + odd);
        assertThatThrownBy(() -> RudpClient.connect(server.address(), config)).isInstanceOf(IOException.class);
        await().until(() -> live.began.get() == live.ended.get());
        assertThat(live.began).hasPositiveValue();
    }

    @Test
    void whoIsInterruptedWhileHeConnectsLeavesNoConnection() throws Exception {
        Live live = new Live();
        RudpConfig config = RudpConfig.builder().statistics(live).build();
        try (DatagramSocket dead = new DatagramSocket(ANY)) {
            InetSocketAddress address = (InetSocketAddress) dead.getLocalSocketAddress();
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            Thread thread = Thread.ofPlatform().start(() -> {
                try {
                    RudpClient.connect(address, config);
                } catch (IOException e) {
                    thrown.complete(e);
                }
            });
            dead.setSoTimeout(20_000);
            dead.receive(new DatagramPacket(new byte[2000], 2000)); // now it waits for an answer
            thread.interrupt();
            assertThat(thrown.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
        }
        await().until(() -> live.began.get() == live.ended.get()); // its threads: THREADS
    }

    @Test
    void whatThePeerSaysIsPrintable() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        RudpConnection accepted = server.accept();
        client.close("line\n\u001b[31mred\u202e");
        assertThat(accepted.closing().get(10, TimeUnit.SECONDS).detail()).isEqualTo("line  [31mred ");
    }

    @Test
    void writersHearWhyThePeerHasClosed() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream stream = client.openStream();
        RudpConnection accepted = server.accept();
        Stream other = accepted.acceptStream();
        stream.write(new byte[100], 0, 100);
        assertThat(other.input().readNBytes(1)).hasSize(1);
        client.close("enough for today");
        assertThat(accepted.closing().get(10, TimeUnit.SECONDS).kind()).isEqualTo(CloseReason.Kind.PEER_CLOSED);
        await().untilAsserted(() -> assertThatThrownBy(() -> other.write(new byte[1], 0, 1))
                .hasMessage("Broken pipe: enough for today"));
        other.close(); // with what it has not read
    }

    @Test
    void whoGetsNoAnswerHearsWhereAndHowLong() throws Exception {
        RudpConfig impatient = RudpConfig.builder().handshakeTimeout(Duration.ofMillis(500)).build();
        try (DatagramSocket dead = new DatagramSocket(ANY)) {
            InetSocketAddress address = (InetSocketAddress) dead.getLocalSocketAddress();
            assertThatThrownBy(() -> RudpClient.connect(address, impatient)).isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("no genuine answer from 127.0.0.1:" + address.getPort()
                            + " within 500 ms: nobody is there, or it has another secret or key");
        }
    }

    @Test
    void earlyDataThatNobodyAnswersFailsWithTheReasonOfTheHandshake() throws Exception {
        RudpConfig early = RudpConfig.builder().earlyData(true).serverKey(StaticKey.generate().publicKey())
                .handshakeTimeout(Duration.ofMillis(500)).build();
        try (DatagramSocket dead = new DatagramSocket(ANY)) {
            RudpConnection client = keep(RudpClient.connect((InetSocketAddress) dead.getLocalSocketAddress(), early));
            Stream stream = client.openStream();
            stream.write(new byte[10], 0, 10);
            assertThatThrownBy(() -> stream.input().read()).isInstanceOf(SocketTimeoutException.class)
                    .hasMessageStartingWith("Connection timed out: no genuine answer from 127.0.0.1");
        }
    }

    @Test
    void anotherKeyThanBeforeSaysWhoWhereAndWhatToDo() throws Exception {
        Path known = directory.resolve("known-servers");
        RudpConfig remembering = RudpConfig.builder().knownServers(known).build();
        RudpServer server = server(PLAIN);
        KnownServers.remember(known, server.address(), StaticKey.generate().publicKey());
        assertThatThrownBy(() -> RudpClient.connect(server.address(), remembering)).isInstanceOf(IOException.class)
                .hasMessageContaining("another key").hasMessageContaining(":" + server.address().getPort())
                .hasMessageContaining(known.toString()).hasMessageContaining("remove the line");
    }

    @Test
    void acceptSaysThatTheServerIsClosed() throws Exception {
        RudpServer server = server(PLAIN);
        FutureTask<RudpConnection> waiting = start(server::accept);
        server.close();
        assertThatThrownBy(() -> waiting.get(10, TimeUnit.SECONDS)).hasRootCauseMessage("the server is closed");
        assertThat(server.closed().await(15, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(server::accept).isInstanceOf(IOException.class).hasMessage("the server is closed");
    }

    @Test
    void aClosedServerIsDrained() throws Exception {
        RudpServer server = server(PLAIN);
        server.close();
        assertThat(server.closed().await(15, TimeUnit.SECONDS)).isTrue();
        THREADS.verify(); // its loops have ended
        assertThat(server.drain(Duration.ofSeconds(1)).isDone()).isTrue();
        server.close();
    }

    @Test
    void bothEndsKnowTheirAddress() throws Exception {
        RudpServer server = keep(RudpServer.bind(new InetSocketAddress(0), PLAIN));
        RudpConnection client = keep(RudpClient.connect(new InetSocketAddress(LOOPBACK, server.address().getPort()), PLAIN));
        RudpConnection accepted = server.accept();
        assertThat(client.localAddress().getAddress()).isEqualTo(LOOPBACK);
        assertThat(client.localAddress().getPort()).isEqualTo(accepted.remoteAddress().getPort());
        assertThat(accepted.localAddress()).isEqualTo(client.remoteAddress());
        Socket socket = client.openStream().asSocket();
        assertThat(socket.getLocalAddress()).isEqualTo(LOOPBACK);
        assertThat(Objects.requireNonNull(accepted.acceptStream().localAddress())).isEqualTo(client.remoteAddress());
        client.rebind(new InetSocketAddress(0));
        assertThat(client.localAddress().getAddress()).isEqualTo(LOOPBACK);
    }

    @Test
    void whoAcceptsAStreamCanSpeakFirst() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Socket socket = client.openStream().asSocket();
        server.accept().acceptStream().output().write("220 ready".getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().readNBytes(9)).asString().isEqualTo("220 ready");
    }
}
