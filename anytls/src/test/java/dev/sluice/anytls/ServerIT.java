package dev.sluice.anytls;

import static dev.sluice.anytls.RawClient.FIN;
import static dev.sluice.anytls.RawClient.PSH;
import static dev.sluice.anytls.RawClient.SERVER_SETTINGS;
import static dev.sluice.anytls.RawClient.SETTINGS;
import static dev.sluice.anytls.RawClient.SYN;
import static dev.sluice.anytls.RawClient.SYNACK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.anytls.AnyTlsUsers.User;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Policy;
import dev.sluice.net.ServerTls;
import dev.sluice.net.ServerTlsOptions;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server as a scripted client sees it. */
class ServerIT {
    private final ServerBed bed = new ServerBed();

    @AfterEach
    void close() {
        bed.close();
        assertThat(bed.counts.count("streams")).as("streams left").isZero();
        assertThat(bed.counts.count("sessions")).as("sessions left").isZero();
    }

    @Test
    void aStreamReachesItsTargetAndEndsWithIt() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(echo.port()));
            assertThat(client.expect(SYNACK, 1).data()).isEmpty();
            client.frame(PSH, 1, "hello");
            assertThat(client.text(1, 5)).isEqualTo("hello");
            client.frame(FIN, 1, "");
            await().untilAsserted(() -> assertThat(bed.ended).hasSize(1));
            assertThat(bed.ended.getFirst().connection().user()).isEqualTo("alice");
            assertThat(bed.ended.getFirst().up()).isEqualTo(5);
            assertThat(bed.table.users().get("alice")).isNotNull();
            client.open(2, RawClient.loopback(echo.port())).expect(SYNACK, 2);
        }
    }

    @Test
    void anAddressMayBeSplitAndComeWithData() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            byte[] address = RawClient.name("localhost", echo.port());
            client.frame(SYN, 1, "");
            for (byte b : address) {
                client.frame(PSH, 1, new byte[]{b});
            }
            client.frame(PSH, 1, "after");
            client.expect(SYNACK, 1);
            assertThat(client.text(1, 5)).isEqualTo("after");

            byte[] both = java.util.Arrays.copyOf(address, address.length + 4);
            System.arraycopy("glue".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 0, both, address.length, 4);
            client.open(2, both).expect(SYNACK, 2);
            assertThat(client.text(2, 4)).isEqualTo("glue");
        }
    }

    @Test
    void authenticationMayComeInThreeRecordsOfTls(@TempDir Path keys) throws Exception {
        ServerTls tls = ServerTls.selfSigned(keys, "test", ServerTlsOptions.DEFAULT);
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = tlsClient(bed.start(tls))) {
            byte[] all = RawClient.authentication("password", 300);
            client.send(java.util.Arrays.copyOfRange(all, 0, 32)).send(java.util.Arrays.copyOfRange(all, 32, 34))
                    .send(java.util.Arrays.copyOfRange(all, 34, all.length));
            client.frame(SETTINGS, 0, RawClient.V2).expect(SERVER_SETTINGS, 0);
            client.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            byte[] random = new byte[1 << 20];
            new Random(1).nextBytes(random);
            Thread.ofVirtual().start(() -> {
                try {
                    for (int at = 0; at < random.length; at += 1 << 15) {
                        client.frame(PSH, 1, java.util.Arrays.copyOfRange(random, at, at + (1 << 15)));
                    }
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            assertThat(client.data(1, random.length)).isEqualTo(random);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAClientSendsBeforeItLeavesReachesATargetThatIsSlow(boolean ends) throws Exception {
        byte[] sent = new byte[960_000];
        new Random(3).nextBytes(sent);
        try (ServerSocket target = new ServerSocket()) {
            target.setReceiveBufferSize(8 * 1024);
            target.bind(new InetSocketAddress(ServerBed.LOOPBACK, 0));
            Socket accepted;
            try (RawClient client = RawClient.session(bed.start())) {
                client.open(1, RawClient.loopback(target.getLocalPort())).expect(SYNACK, 1);
                accepted = target.accept();
                for (int at = 0; at < sent.length; at += 32_000) {
                    client.frame(PSH, 1, java.util.Arrays.copyOfRange(sent, at, at + 32_000));
                }
                if (ends) {
                    client.frame(FIN, 1, "");
                }
            }
            try (accepted) {
                accepted.setSoTimeout(10_000);
                assertThat(accepted.getInputStream().readNBytes(sent.length)).isEqualTo(sent);
                if (ends) {
                    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
                } else {
                    assertThatThrownBy(() -> accepted.getInputStream().read()).isInstanceOf(SocketException.class);
                }
            }
            await().until(() -> bed.ended.size() == 1);
        }
    }

    private static RawClient tlsClient(InetSocketAddress server) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        Socket socket = context.getSocketFactory().createSocket(server.getAddress(), server.getPort());
        return new RawClient(socket);
    }

    /** dae sends settings for each stream, with the number of the stream, and no padding behind its hash. */
    @Test
    void settingsForEachStreamAreTolerated() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.connect(bed.start())) {
            client.send(RawClient.authentication("password", 0));
            for (int stream = 1; stream <= 3; stream++) {
                client.frame(SETTINGS, stream, RawClient.V2).frame(SYN, stream, "")
                        .frame(PSH, stream, RawClient.loopback(echo.port())).frame(PSH, stream, "dae");
                if (stream == 1) {
                    client.expect(SERVER_SETTINGS, 0);
                }
                RawClient.Frame answer = client.next();
                answer = answer.command() == SERVER_SETTINGS ? client.next() : answer;
                assertThat(answer.command()).isEqualTo(SYNACK);
                assertThat(client.text(stream, 3)).isEqualTo("dae");
                client.frame(FIN, stream, "");
            }
        }
    }

    @Test
    void aClientOfVersion1GetsNoAnswerButItsBytes() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.connect(bed.start())) {
            client.send(RawClient.authentication("password", 30));
            client.frame(SETTINGS, 0, "v=1\npadding-md5=75cff2ad89aadf5e257059ee571ebe11");
            client.open(1, RawClient.loopback(echo.port())).frame(PSH, 1, "old");
            assertThat(client.text(1, 3)).isEqualTo("old");
        }
    }

    @Test
    void whatCannotBeReachedIsSaid() throws Exception {
        int closed;
        try (ServerBed.Target gone = ServerBed.Target.echo()) {
            closed = gone.port();
        }
        try (RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(closed));
            assertThat(client.expect(SYNACK, 1).text()).contains("127.0.0.1");
            client.expect(FIN, 1);
            client.open(2, RawClient.loopback(0));
            assertThat(client.expect(SYNACK, 2).text()).contains("port 0");
        }
    }

    @Test
    void privateAddressesAreForThoseWhoMay() throws Exception {
        bed.policy = Policy.PUBLIC_ONLY;
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(echo.port()));
            assertThat(client.expect(SYNACK, 1).text()).contains("private");
            assertThat(echo.clients()).isZero();
        }
    }

    @Test
    void aTargetThatNeverAnswersIsAnsweredForAndCancelledWithItsStream() throws Exception {
        bed.options = bed.options
                .withSession(new ServerSessionOptions(ServerSessionOptions.DEFAULT.scheme(), 16, Duration.ofMillis(200)));
        bed.blackHole();
        try (RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(1)).frame(SYN, 2, "");
            assertThat(client.expect(SYNACK, 1).data()).isEmpty();
            assertThat(client.expect(SYNACK, 2).data()).isEmpty();
            client.frame(FIN, 1, "");
            await().untilAsserted(() -> assertThat(bed.counts.count("dial-cancelled")).isEqualTo(1));
            client.open(3, RawClient.loopback(1));
            await().untilAsserted(() -> assertThat(bed.table.size()).isEqualTo(1));
        }
        await().untilAsserted(() -> assertThat(bed.counts.count("dial-cancelled")).isEqualTo(2));
    }

    @Test
    void usersComeAndGoAndOthersAreNotCut() throws Exception {
        InetSocketAddress server = bed.start();
        try (ServerBed.Target echo = ServerBed.Target.echo();
                RawClient alice = RawClient.session(server);
                RawClient bob = RawClient.connect(server)) {
            bob.send(RawClient.authentication("letmein", 0)).frame(SETTINGS, 0, RawClient.V2).expect(SERVER_SETTINGS, 0);
            alice.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            bed.users.use(List.of(User.of("alice", "password"), User.of("carol", "third")));
            bob.expectClosed();
            alice.frame(PSH, 1, "here");
            assertThat(alice.text(1, 4)).isEqualTo("here");
            try (RawClient carol = RawClient.connect(server)) {
                carol.send(RawClient.authentication("third", 0)).frame(SETTINGS, 0, RawClient.V2).expect(SERVER_SETTINGS, 0);
            }
            assertThat(bed.users.kick("alice", "test")).isEqualTo(1);
            alice.expectEnd();
            await().untilAsserted(() -> assertThat(bed.ended).hasSize(1));
            assertThat(bed.ended.getFirst().reason().kind()).isEqualTo(CloseReason.Kind.KICKED);
        }
    }

    @Test
    void whileDrainingSessionsGoWithTheirLastStream() throws Exception {
        InetSocketAddress server = bed.start();
        try (ServerBed.Target echo = ServerBed.Target.echo();
                RawClient idle = RawClient.session(server);
                RawClient busy = RawClient.session(server)) {
            busy.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            bed.root.drain(Duration.ofSeconds(30));
            idle.expectEnd();
            busy.frame(PSH, 1, "work");
            assertThat(busy.text(1, 4)).isEqualTo("work");
            busy.frame(FIN, 1, "");
            busy.expectEnd();
        }
    }

    @Test
    void limitsOfAUserAreSaidInAnAlert() throws Exception {
        bed.users.use(List.of(new User("alice", "password", 1, 1000, 0)));
        InetSocketAddress server = bed.start();
        try (ServerBed.Target echo = ServerBed.Target.echo();
                RawClient first = RawClient.session(server);
                RawClient second = RawClient.connect(server)) {
            second.send(RawClient.authentication("password", 0));
            assertThat(second.expect(RawClient.ALERT, 0).text()).isEqualTo("too many sessions");
            second.expectClosed();
            first.open(1, RawClient.loopback(echo.port())).expect(SYNACK, 1);
            first.frame(PSH, 1, new byte[2000]);
            first.expectEnd();
        }
        await().untilAsserted(() -> assertThat(bed.counts.count("sessions")).isZero());
        try (RawClient third = RawClient.connect(server)) {
            third.send(RawClient.authentication("password", 0));
            assertThat(third.expect(RawClient.ALERT, 0).text()).isEqualTo("no bytes left");
        }
        assertThat(bed.counts.count("auth-sessions")).isEqualTo(1);
        assertThat(bed.counts.count("auth-bytes")).isEqualTo(1);
    }
}
