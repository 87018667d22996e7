package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.http.HttpForwarding.Hop;
import dev.sluice.net.EventLoops;
import dev.sluice.proxy.ScriptedServer.Script;
import dev.sluice.testkit.LeakWatch;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HttpOutboundIT {
    private static final Destination TARGET = Destination.of(Network.TCP, "target.example", 443);

    private final EventLoops loops = EventLoops.create();
    private OutboundBed bed;
    private ScriptedServer server;
    private final List<String> heads = Collections.synchronizedList(new ArrayList<>());

    HttpOutboundIT() {
        server = new ScriptedServer(socket -> {});
        bed = new OutboundBed(loops);
    }

    @BeforeEach
    void begin() {
        heads.clear();
        bed = new OutboundBed(loops);
    }

    @AfterEach
    void close() throws Exception {
        bed.close();
        server.close();
    }

    @AfterAll
    void closeLoops() throws Exception {
        loops.close().get(10, TimeUnit.SECONDS);
    }

    /** A proxy that takes the head of a request and then does what the script says. */
    private HttpOutbound proxy(Script script) {
        server.close();
        server = new ScriptedServer(socket -> {
            heads.add(ScriptedServer.head(socket));
            script.run(socket);
        });
        return new HttpOutbound("far", OutboundBed.tcp(server.port()), new Credentials("anna", "secret"), bed.direct);
    }

    private HttpOutbound answering(String answer) {
        return proxy(socket -> {
            ScriptedServer.say(socket, answer);
            ScriptedServer.echo(socket);
        });
    }

    @Test
    void asksForATunnelAndHandsItOn() throws Exception {
        Channel channel = bed.connect(answering("HTTP/1.1 200 Connection established\r\n\r\n"), bed.connection(TARGET));
        OutboundBed.Received received = bed.take(channel);
        OutboundBed.send(channel, "hello");
        received.await("hello");
        assertThat(heads).singleElement().asString().hasLineCount(4)
                .startsWith("CONNECT target.example:443 HTTP/1.1\r\nHost: target.example:443\r\n")
                .endsWith("\r\nProxy-Authorization: Basic YW5uYTpzZWNyZXQ=\r\n\r\n");
    }

    @Test
    void anIpv6TargetStandsInBracketsWithoutItsZone() throws Exception {
        bed.connect(answering("HTTP/1.1 200 OK\r\n\r\n"), bed.connection(Destination.of(Network.TCP, "2001:db8::1", 443)));
        bed.connect(answering("HTTP/1.1 200 OK\r\n\r\n"), bed.connection(Destination.of(Network.TCP, "fe80::1%1", 443)));
        assertThat(heads.getFirst()).startsWith("CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n");
        assertThat(heads.getLast()).startsWith("CONNECT [fe80::1]:443 HTTP/1.1\r\nHost: [fe80::1]:443\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n\r\nearly", "HTTP/1.0 200 OK\r\n\r\nearly",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Fine\r\n\r\nearly",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nearly", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nearly",
            "HTTP/1.1 204 No Content\r\n\r\nearly"})
    void bytesBehindTheHeadAreKept(String answer) throws Exception {
        Channel channel = bed.connect(answering(answer), bed.connection(TARGET));
        OutboundBed.Received received = bed.take(channel);
        received.await("early");
        OutboundBed.send(channel, "+more");
        received.await("early+more");
    }

    @Test
    void aReplyMayComeByteByByte() throws Exception {
        HttpOutbound far = proxy(socket -> {
            socket.setTcpNoDelay(true);
            for (char c : "HTTP/1.1 200 OK\r\nVia: 1.1 x\r\n\r\nxyz".toCharArray()) {
                ScriptedServer.say(socket, String.valueOf(c));
            }
            ScriptedServer.silence(socket);
        });
        bed.take(bed.connect(far, bed.connection(TARGET))).await("xyz");
    }

    @Test
    void aRefusalIsToldWithItsStatusAndProxyStatus() throws Exception {
        ConnectFailedException e = bed.refused(answering("HTTP/1.1 503 Not\u0007today\r\nProxy-Status: far; error=dns_error\r\n"
                + "Content-Length: 4\r\n\r\nbody"), bed.connection(TARGET));
        assertThat(e.failure()).isEqualTo(Failure.DNS_ERROR);
        assertThat(e).hasMessage("HTTP proxy 127.0.0.1:" + server.port()
                + " answered 503 Not?today (Proxy-Status: far; error=dns_error)");
        bed.nothingOpen();
    }

    @Test
    void aRefusalIsNotRepeatedAtLength() throws Exception {
        ConnectFailedException e = bed.refused(
                answering("HTTP/1.1 502 Bad\r\nProxy-Status: " + "x".repeat(5000) + "\r\n\r\n"), bed.connection(TARGET));
        assertThat(e.getMessage()).hasSizeLessThan(400);
    }

    @Test
    void wrongCredentialsAreToldApart() throws Exception {
        ConnectFailedException e = bed.refused(
                answering("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
                bed.connection(TARGET));
        assertThat(e.failure()).isEqualTo(Failure.UPSTREAM_AUTH);
        assertThat(e.getMessage()).doesNotContain("secret");
        bed.nothingOpen();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\u0005\u0000", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nVia: 1",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 xxx OK\r\n\r\n",
            "HTTP/1.1 -200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\u0000b\r\n\r\n", ""})
    void aBrokenReplyIsTheProxysFault(String answer) throws Exception {
        HttpOutbound far = proxy(socket -> ScriptedServer.say(socket, answer));
        assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        bed.nothingOpen();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nX: "})
    void anEndlessHeadIsCut(String start) throws Exception {
        HttpOutbound far = proxy(socket -> {
            ScriptedServer.say(socket, start);
            while (true) {
                ScriptedServer.say(socket, start.endsWith("\n") ? "X: y\r\n".repeat(100) : "y".repeat(600));
            }
        });
        assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        bed.nothingOpen();
    }

    @Test
    void aDeadServerIsTheProxysFaultNotTheTargets() throws Exception {
        HttpOutbound far = answering("");
        server.close();
        ConnectFailedException e = bed.refused(far, bed.connection(TARGET));
        assertThat(e.failure()).isEqualTo(Failure.UPSTREAM_UNREACHABLE);
        assertThat(e.getMessage()).contains("HTTP proxy 127.0.0.1:" + server.port());
    }

    @Test
    void silenceEndsWithTheDeadline() throws Exception {
        HttpOutbound far = proxy(ScriptedServer::silence);
        Connection connection = bed.connection(TARGET);
        connection.scope().expireAfter(Duration.ofMillis(200));
        assertThat(bed.refused(far, connection).failure()).isEqualTo(Failure.TIMEOUT);
        bed.nothingOpen();
    }

    @Test
    void closingTheScopeEndsTheHandshake() throws Exception {
        HttpOutbound far = proxy(ScriptedServer::silence);
        Connection connection = bed.connection(TARGET);
        Future<Channel> future = bed.on(() -> far.connect(connection));
        OutboundBed.await().until(() -> !heads.isEmpty());
        connection.scope().close(CloseReason.cancelled("client left")).get(5, TimeUnit.SECONDS);
        assertThat(OutboundBed.refused(future).failure()).isEqualTo(Failure.CANCELLED);
        bed.nothingOpen();
    }

    @Test
    void cancellingTheFutureEndsTheHandshake() throws Exception {
        HttpOutbound far = proxy(ScriptedServer::silence);
        Future<Channel> future = bed.on(() -> far.connect(bed.connection(TARGET)));
        OutboundBed.await().until(() -> !heads.isEmpty());
        future.cancel(false);
        bed.nothingOpen();
        OutboundBed.await().until(() -> server.ended() == 1);
    }

    @Test
    void cancellingAtOnceLeavesNothing() throws Exception {
        HttpOutbound far = answering("HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 20; i++) {
            Future<Channel> future = bed.on(() -> far.connect(bed.connection(TARGET)));
            if (!future.cancel(false)) {
                future.getNow().close(); // it was faster than we, and the stream is ours
            }
        }
        bed.nothingOpen();
    }

    @Test
    void aStreamThatNobodyTakesEndsWithItsScope() throws Exception {
        Connection connection = bed.connection(TARGET);
        Channel channel = bed.connect(answering("HTTP/1.1 200 OK\r\n\r\nearly"), connection);
        assertThat(channel.isOpen()).isTrue();
        connection.scope().close(CloseReason.cancelled("client left"));
        bed.nothingOpen();
    }

    @Test
    void aClosedScopeIsNotDialledFor() throws Exception {
        HttpOutbound far = answering("HTTP/1.1 200 OK\r\n\r\n");
        Connection connection = bed.connection(TARGET);
        connection.scope().close(CloseReason.cancelled("client left")).get(5, TimeUnit.SECONDS);
        assertThat(bed.refused(far, connection).failure()).isEqualTo(Failure.CANCELLED);
        assertThat(bed.dialer.dials()).isZero();
    }

    @Test
    void chainsFirstHopFirst() throws Exception {
        try (ScriptedServer second = new ScriptedServer(socket -> {
            heads.add("second " + ScriptedServer.head(socket));
            ScriptedServer.say(socket, "HTTP/1.1 200 OK\r\n\r\n");
            ScriptedServer.echo(socket);
        })) {
            HttpOutbound first = proxy(socket -> {
                ScriptedServer.say(socket, "HTTP/1.1 200 OK\r\n\r\n");
                try (Socket on = new Socket(InetAddress.getLoopbackAddress(), second.port())) {
                    Thread up = Thread.ofVirtual().start(() -> pump(socket, on));
                    pump(on, socket);
                    up.interrupt();
                }
            });
            HttpOutbound chain = new HttpOutbound("chain", OutboundBed.tcp(second.port()), null, first);
            Channel channel = bed.connect(chain, bed.connection(TARGET));
            OutboundBed.Received received = bed.take(channel);
            OutboundBed.send(channel, "through both");
            received.await("through both");
            assertThat(heads.getFirst()).startsWith("CONNECT 127.0.0.1:" + second.port() + " ");
            assertThat(heads.getLast()).startsWith("second CONNECT target.example:443 ").doesNotContain("Proxy-Authorization");
            channel.close();
        }
    }

    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.shutdownOutput();
        } catch (IOException e) {
            // closed by the test
        }
    }

    @Test
    void plainRequestsGetAStreamToTheProxyItself() throws Exception {
        HttpOutbound far = answering("");
        Hop hop = bed.on(() -> far.connectHop(bed.connection(TARGET))).get(5, TimeUnit.SECONDS);
        assertThat(hop.proxy()).isTrue();
        assertThat(hop.proxyAuthorization()).isEqualTo("Basic YW5uYTpzZWNyZXQ=");
        assertThat(heads).isEmpty();
        hop.channel().close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "169.254.169.254", "::1", "10.1.2.3", "localhost", "a.localhost"})
    void privateTargetsAreRefusedBeforeTheProxyIsAsked(String host) throws Exception {
        HttpOutbound far = answering("HTTP/1.1 200 OK\r\n\r\n");
        Connection connection = bed.connection(Destination.of(Network.TCP, host, 80), Policy.PUBLIC_ONLY, OutboundBed.SOURCE);
        assertThat(bed.refused(far, connection).failure()).isEqualTo(Failure.BLOCKED);
        assertThat(bed.dialer.dials()).isZero();
    }

    @Test
    void carriesNoPackets() throws Exception {
        HttpOutbound far = answering("");
        assertThat(OutboundBed.refused(bed.on(() -> far.associate(bed.connection(TARGET)))).failure())
                .isEqualTo(Failure.NOT_SUPPORTED);
    }
}
