package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How the ends of a stream under TLS look on the other side of a relay: a TLS client, a plain target. */
class RelayTlsTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final RelayOptions OPTIONS = new RelayOptions(Duration.ofMinutes(5), Duration.ofSeconds(30),
            Duration.ofMillis(500), true);

    @TempDir
    static Path dir;

    private static ServerTls server;

    @BeforeAll
    static void makeKey() throws Exception {
        server = ServerTls.selfSigned(dir, "relay", List.of());
    }

    static Stream<Transport> transports() {
        return Stream.of(Transport.values()).filter(t -> EventLoops.unavailable(t) == null);
    }

    /** A client that speaks TLS over a socket whose end it can cut. */
    private record Client(Socket raw, SSLSocket tls, RelayRig.Open open) implements AutoCloseable {
        static Client connect(RelayRig rig) throws Exception {
            rig.preparing((client, target) -> server.accept(client, LIMIT));
            RelayRig.Open open = rig.open();
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[]{new Trusting()}, null);
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(open.client(), "relay.test", 443, false);
            tls.setSoTimeout(20_000);
            tls.startHandshake();
            return new Client(open.client(), tls, open);
        }

        void say(String text) throws IOException {
            tls.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void close() throws IOException {
            open.close();
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aClientThatEndsWithoutCloseNotifyIsAResetForTheTarget(Transport transport) throws Exception {
        try (RelayRig rig = new RelayRig(transport, OPTIONS); Client client = Client.connect(rig)) {
            client.say("half of i");
            client.raw.shutdownOutput();
            assertThat(RelayTest.readUntilReset(client.open.target().getInputStream())).asString().isEqualTo("half of i");
            assertThat(client.open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.TLS_TRUNCATED, Side.CLIENT);
        }
    }

    @ParameterizedTest
    @MethodSource("transports")
    void aResetOfTheTargetIsNoCloseNotifyForTheClient(Transport transport) throws Exception {
        try (RelayRig rig = new RelayRig(transport, OPTIONS); Client client = Client.connect(rig)) {
            client.open.target().getOutputStream().write("half".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.tls.getInputStream().readNBytes(4)).asString().isEqualTo("half");
            RelayRig.Open.reset(client.open.target());
            assertThatThrownBy(() -> client.tls.getInputStream().read()).isInstanceOf(IOException.class);
            assertThat(client.open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.RESET, Side.TARGET);
        }
    }

    /** TLS carries no half-close: what the client still says within the linger arrives, then it is told of the end in order. */
    @ParameterizedTest
    @MethodSource("transports")
    void anEndOfTheTargetIsHeldBackForTheLinger(Transport transport) throws Exception {
        try (RelayRig rig = new RelayRig(transport, OPTIONS); Client client = Client.connect(rig)) {
            client.open.target().getOutputStream().write("bye".getBytes(StandardCharsets.US_ASCII));
            client.open.target().shutdownOutput();
            assertThat(client.tls.getInputStream().readNBytes(3)).asString().isEqualTo("bye");
            client.say("one more thing");
            assertThat(client.open.target().getInputStream().readNBytes(14)).asString().isEqualTo("one more thing");
            assertThat(client.tls.getInputStream().read()).isEqualTo(-1);
            assertThat(client.open.target().getInputStream().read()).isEqualTo(-1);
            assertThat(client.open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.FINISHED, Side.TARGET);
        }
    }

    /** A client that waits for the end of its answer does not wait for the linger. */
    @ParameterizedTest
    @MethodSource("transports")
    void anEndOfTheTargetReachesASilentClientLongBeforeTheLinger(Transport transport) throws Exception {
        RelayOptions patient = new RelayOptions(OPTIONS.idle(), OPTIONS.write(), Duration.ofHours(1), OPTIONS.splice());
        try (RelayRig rig = new RelayRig(transport, patient); Client client = Client.connect(rig)) {
            client.open.target().getOutputStream().write("all of it".getBytes(StandardCharsets.US_ASCII));
            client.open.target().close();
            assertThat(client.tls.getInputStream().readAllBytes()).asString().isEqualTo("all of it");
            client.tls.close();
            assertThat(client.open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.FINISHED, Side.TARGET);
        }
    }

    /** The target hears of the client's end at once and in order; an answer that TLS cannot carry any more is no clean end. */
    @ParameterizedTest
    @MethodSource("transports")
    void aCloseNotifyOfTheClientIsAnEndForTheTarget(Transport transport) throws Exception {
        try (RelayRig rig = new RelayRig(transport, OPTIONS); Client client = Client.connect(rig)) {
            client.say("all of it");
            client.tls.close();
            assertThat(client.open.target().getInputStream().readAllBytes()).asString().isEqualTo("all of it");
            client.open.target().close();
            assertThat(client.open.relay().result().reason()).extracting(CloseReason::kind, CloseReason::by)
                    .containsExactly(Kind.FINISHED, Side.CLIENT);
        }
    }

    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
