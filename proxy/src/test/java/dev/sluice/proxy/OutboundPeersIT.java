package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.Policy;
import dev.sluice.net.EventLoops;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.Peer;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The outbounds with the proxies that people run. */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutboundPeersIT {
    private final EventLoops loops = EventLoops.create();
    private OutboundBed bed = new OutboundBed(loops);
    private ScriptedServer echo = new ScriptedServer(ScriptedServer::echo);

    @TempDir
    private Path directory = Path.of("");

    @BeforeEach
    void begin() {
        echo.close();
        bed = new OutboundBed(loops);
        echo = new ScriptedServer(ScriptedServer::echo);
    }

    @AfterEach
    void end() throws Exception {
        bed.close();
        echo.close();
    }

    @AfterAll
    void closeLoops() throws Exception {
        loops.close().get(10, TimeUnit.SECONDS);
    }

    private void echoes(Outbound outbound) throws Exception {
        Channel channel = bed.connect(outbound, bed.connection(OutboundBed.tcp(echo.port())));
        OutboundBed.Received received = bed.take(channel);
        OutboundBed.send(channel, "there and back");
        received.await("there and back");
        channel.close().get(5, TimeUnit.SECONDS);
    }

    private Failure failure(Outbound outbound, Destination target) throws Exception {
        return bed.refused(outbound, bed.connection(target)).failure();
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void squid() throws Exception {
        String squid = Peer.program("squid").toString();
        int port = Peer.freePort();
        Path conf = write("squid.conf", """
                http_port 127.0.0.1:%d
                http_access allow all
                cache deny all
                access_log none
                cache_log /dev/null
                pid_filename none
                cache_mem 8 MB
                shutdown_lifetime 0 seconds
                """.formatted(port));
        try (Peer peer = Peer.start(directory, port, squid, "-N", "-f", conf.toString())) {
            HttpOutbound far = new HttpOutbound("far", OutboundBed.tcp(port), null, bed.direct);
            echoes(far);
            assertThat(failure(far, OutboundBed.tcp(Peer.freePort()))).isEqualTo(Failure.UPSTREAM);
            assertThat(failure(far, Destination.of(Network.TCP, "no.such.invalid", 80))).isEqualTo(Failure.UPSTREAM);
        }
    }

    @Test
    void tinyproxy() throws Exception {
        String tinyproxy = Peer.program("tinyproxy").toString();
        int port = Peer.freePort();
        Path conf = write("tinyproxy.conf", """
                Port %d
                Listen 127.0.0.1
                Timeout 30
                MaxClients 20
                BasicAuth anna secret
                """.formatted(port));
        try (Peer peer = Peer.start(directory, port, tinyproxy, "-d", "-c", conf.toString())) {
            Destination server = OutboundBed.tcp(port);
            echoes(new HttpOutbound("far", server, new Credentials("anna", "secret"), bed.direct));
            assertThat(failure(new HttpOutbound("far", server, new Credentials("anna", "wrong"), bed.direct),
                    OutboundBed.tcp(echo.port()))).isIn(Failure.UPSTREAM_AUTH, Failure.UPSTREAM); // older ones say 401
        }
    }

    @Test
    void singBoxMixed() throws Exception {
        String singBox = Peer.program("sing-box").toString();
        int port = Peer.freePort();
        Path conf = write("sing-box.json", """
                {"log": {"level": "error"},
                 "inbounds": [{"type": "mixed", "listen": "127.0.0.1", "listen_port": %d,
                               "users": [{"username": "anna", "password": "secret"}]}],
                 "outbounds": [{"type": "direct"}]}
                """.formatted(port));
        try (Peer peer = Peer.start(directory, port, singBox, "run", "-c", conf.toString())) {
            Destination server = OutboundBed.tcp(port);
            Credentials right = new Credentials("anna", "secret");
            Credentials wrong = new Credentials("anna", "wrong");
            HttpOutbound http = new HttpOutbound("http", server, right, bed.direct);
            SocksOutbound socks = new SocksOutbound("socks", server, right, bed.direct);
            echoes(http);
            echoes(socks);
            echoes(new SocksOutbound("chain", server, right, http));
            echoes(new HttpOutbound("chain", server, right, socks));
            Destination target = OutboundBed.tcp(echo.port());
            assertThat(failure(new HttpOutbound("http", server, wrong, bed.direct), target)).isEqualTo(Failure.UPSTREAM_AUTH);
            assertThat(failure(new SocksOutbound("socks", server, wrong, bed.direct), target)).isEqualTo(Failure.UPSTREAM_AUTH);
            assertThat(failure(new SocksOutbound("socks", server, null, bed.direct), target)).isEqualTo(Failure.UPSTREAM_AUTH);
            assertThat(failure(socks, OutboundBed.tcp(Peer.freePort()))).isEqualTo(Failure.REFUSED);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"V1", "V2"})
    void haproxyReadsOurProxyHeader(ProxyHeader version) throws Exception {
        String haproxy = Peer.program("haproxy").toString();
        int port = Peer.freePort();
        int ready = Peer.freePort();
        Path conf = write("haproxy.cfg", """
                defaults
                  mode http
                  timeout client 10s
                frontend f
                  bind 127.0.0.1:%d accept-proxy
                  http-request return status 200 content-type text/plain lf-string "%%[src] %%[src_port] %%[dst_port]"
                frontend ready
                  bind 127.0.0.1:%d
                """.formatted(port, ready));
        try (Peer peer = Peer.start(directory, ready, haproxy, "-db", "-f", conf.toString())) {
            DirectOutbound direct = new DirectOutbound("direct", bed.dialer, version);
            InetSocketAddress source = new InetSocketAddress("192.0.2.7", 4321);
            Channel channel = bed.connect(direct, bed.connection(OutboundBed.tcp(port), Policy.OPEN, source));
            OutboundBed.Received received = bed.take(channel);
            OutboundBed.send(channel, "GET / HTTP/1.0\r\n\r\n");
            OutboundBed.await().until(() -> received.text().endsWith("192.0.2.7 4321 " + port));
        }
    }
}
