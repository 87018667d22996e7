package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.net.EventLoops;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksClientHandshake;
import dev.sluice.proxy.upstream.NextProxy;
import dev.sluice.proxy.upstream.SocksDialogue;
import dev.sluice.testkit.LeakWatch;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SocksOutboundIT {
    private static final Destination TARGET = Destination.of(Network.TCP, "target.example", 443);
    private static final String REQUEST = "050100030e" + "7461726765742e6578616d706c65" + "01bb";
    private static final String GRANTED = "05000001" + "00000000" + "0000";

    private final EventLoops loops = EventLoops.create();
    private OutboundBed bed = new OutboundBed(loops);
    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private @Nullable ScriptedServer server;

    @BeforeEach
    void begin() {
        heard.clear();
        bed = new OutboundBed(loops);
    }

    @AfterAll
    void closeLoops() throws Exception {
        loops.close().get(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        bed.close();
        if (server != null) {
            server.close();
        }
    }

    private static void say(Socket socket, String hex) throws IOException {
        socket.getOutputStream().write(ByteBufUtil.decodeHexDump(hex));
    }

    private void hear(Socket socket, int bytes) throws IOException {
        heard.add(ByteBufUtil.hexDump(socket.getInputStream().readNBytes(bytes)));
    }

    private SocksOutbound proxy(@Nullable Credentials credentials, ScriptedServer.Script script) {
        server = new ScriptedServer(script);
        return new SocksOutbound("far", OutboundBed.tcp(server.port()), credentials, bed.direct);
    }

    /** Hears each message and then says the next of {@code answers}; then echoes. */
    private SocksOutbound without(String... answers) {
        return proxy(null, socket -> {
            hear(socket, 3);
            say(socket, answers[0]);
            hear(socket, REQUEST.length() / 2);
            say(socket, answers[1]);
            ScriptedServer.echo(socket);
        });
    }

    @Test
    void connectsWithTheNameAndKeepsWhatComesBehindTheReply() throws Exception {
        Channel channel = bed.connect(without("0500", GRANTED + "6869"), bed.connection(TARGET));
        OutboundBed.Received received = bed.take(channel);
        received.await("hi");
        OutboundBed.send(channel, "+more");
        received.await("hi+more");
        assertThat(heard).containsExactly("050100", REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"050000047f00000000000000000000000000000101bb", "0500000301780050", "050000030000",
            "05000001c0a80001ffff"})
    void anyBoundAddressWillDo(String reply) throws Exception {
        if (reply.equals("050000030000")) {
            assertThat(bed.refused(without("0500", reply + "00"), bed.connection(TARGET)).failure())
                    .isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        } else {
            bed.take(bed.connect(without("0500", reply + "6869"), bed.connection(TARGET))).await("hi");
        }
    }

    @Test
    void aReplyMayComeByteByByte() throws Exception {
        SocksOutbound far = proxy(null, socket -> {
            socket.setTcpNoDelay(true);
            say(socket, "05");
            say(socket, "00");
            hear(socket, 3 + REQUEST.length() / 2);
            for (int i = 0; i < GRANTED.length(); i += 2) {
                say(socket, GRANTED.substring(i, i + 2));
            }
            say(socket, "6869");
            ScriptedServer.silence(socket);
        });
        bed.take(bed.connect(far, bed.connection(TARGET))).await("hi");
    }

    @Test
    void aServerThatSaysEverythingAtOnceIsUnderstood() throws Exception {
        SocksOutbound far = proxy(null, socket -> {
            say(socket, "0500" + GRANTED + "6869");
            ScriptedServer.silence(socket);
        });
        bed.take(bed.connect(far, bed.connection(TARGET))).await("hi");
    }

    @Test
    void saysWhoItIsWhereItIsAsked() throws Exception {
        SocksOutbound far = proxy(new Credentials("anna", "secret"), socket -> {
            hear(socket, 4);
            say(socket, "0502");
            hear(socket, 13);
            say(socket, "0100");
            hear(socket, REQUEST.length() / 2);
            say(socket, GRANTED);
            ScriptedServer.echo(socket);
        });
        bed.connect(far, bed.connection(TARGET));
        assertThat(heard).containsExactly("05020002", "0104" + "616e6e61" + "06" + "736563726574", REQUEST);
    }

    @ParameterizedTest
    @CsvSource({"05ff,", "0502, 0101", "0502, 01ff"})
    void wrongCredentialsAreToldApart(String method, @Nullable String status) throws Exception {
        SocksOutbound far = proxy(new Credentials("anna", "secret"), socket -> {
            hear(socket, 4);
            say(socket, method);
            if (status != null) {
                hear(socket, 13);
                say(socket, status);
            }
            ScriptedServer.silence(socket);
        });
        assertThat(bed.refused(far, bed.connection(TARGET))).satisfies(e -> {
            assertThat(e.failure()).isEqualTo(Failure.UPSTREAM_AUTH);
            assertThat(e.getMessage()).doesNotContain("secret");
        });
        bed.nothingOpen();
    }

    @ParameterizedTest
    @CsvSource({"1, UPSTREAM", "2, BLOCKED", "3, NETWORK_UNREACHABLE", "4, HOST_UNREACHABLE", "5, REFUSED", "6, TIMEOUT",
            "7, NOT_SUPPORTED", "8, UPSTREAM", "9, UPSTREAM", "255, UPSTREAM"})
    void replyCodesBecomeFailures(int code, Failure failure) throws Exception {
        SocksOutbound far = without("0500", String.format("05%02x", code)); // some send no address then
        assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isEqualTo(failure);
        bed.nothingOpen();
    }

    @ParameterizedTest
    @CsvSource({"0400,", "485454502f312e31,", "0501,", "0502,", "0580,", "0500, 0400", "0500, 05000002"})
    void aBrokenReplyIsTheProxysFault(String first, @Nullable String second) throws Exception {
        SocksOutbound far = proxy(null, socket -> {
            say(socket, first);
            if (second != null) {
                hear(socket, 3 + REQUEST.length() / 2);
                say(socket, second);
            }
            ScriptedServer.silence(socket);
        });
        assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        bed.nothingOpen();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "05", "0500", "05000500", "0500050000017f"})
    void aServerThatLeavesInTheMiddleIsAtFault(String said) throws Exception {
        SocksOutbound far = proxy(null, socket -> {
            say(socket, said);
            socket.shutdownOutput();
            ScriptedServer.silence(socket);
        });
        assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        bed.nothingOpen();
    }

    @ParameterizedTest
    @CsvSource({"'', UPSTREAM_UNREACHABLE", "0500, TIMEOUT"})
    void silenceIsTheTargetsFaultOnlyWhenTheProxyHasBeenAskedForIt(String said, Failure failure) throws Exception {
        server = new ScriptedServer(socket -> {
            say(socket, said);
            ScriptedServer.silence(socket);
        });
        Connection connection = bed.connection(TARGET);
        NextProxy hasty = new NextProxy("SOCKS proxy", OutboundBed.tcp(server.port()), bed.direct, null, Duration.ofMillis(200));
        SocksClientHandshake client = new SocksClientHandshake("it", SocksClientHandshake.Command.CONNECT,
                SocksAddress.of(TARGET), null, null);
        Future<Channel> future = bed
                .on(() -> hasty.reach(connection, () -> new SocksDialogue(client), (stream, bound) -> stream));
        assertThat(OutboundBed.refused(future).failure()).isEqualTo(failure);
        bed.nothingOpen();
    }

    @Test
    void cancellingInEachPhaseLeavesNothing() throws Exception {
        for (String said : List.of("", "0500")) {
            int before = heard.size();
            SocksOutbound far = proxy(null, socket -> {
                hear(socket, 3);
                say(socket, said);
                ScriptedServer.silence(socket);
            });
            Connection connection = bed.connection(TARGET);
            Future<Channel> future = bed.on(() -> far.connect(connection));
            OutboundBed.await().until(() -> heard.size() > before);
            connection.scope().close(CloseReason.cancelled("client left")).get(5, TimeUnit.SECONDS);
            assertThat(OutboundBed.refused(future).failure()).isEqualTo(Failure.CANCELLED);
            bed.nothingOpen();
            Objects.requireNonNull(server).close();
        }
    }

    @Test
    void credentialsThatSocksCannotCarryAreRefusedAtOnce() {
        assertThatIllegalArgumentException().isThrownBy(
                () -> new SocksOutbound("far", TARGET, new Credentials("", "x"), bed.direct));
        assertThatIllegalArgumentException().isThrownBy(
                () -> new SocksOutbound("far", TARGET, new Credentials("x", "y".repeat(256)), bed.direct));
    }
}
