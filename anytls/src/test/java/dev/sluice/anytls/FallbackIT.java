package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.OwnAddresses;
import dev.sluice.net.ServerTls;
import dev.sluice.net.ServerTlsOptions;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The port looks like a web site to everybody who does not know a password. */
class FallbackIT {
    private final ServerBed bed = new ServerBed();
    private HttpServer site = noSite();

    private static HttpServer noSite() {
        try {
            return HttpServer.create(new InetSocketAddress(ServerBed.LOOPBACK, 0), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @BeforeEach
    void start() {
        site.createContext("/", exchange -> {
            byte[] page = ("decoy " + exchange.getRequestURI()).getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        site.start();
        bed.options = bed.options.withFallback(new FallbackSite(
                Destination.of(Network.TCP, "127.0.0.1", site.getAddress().getPort()), Map.of(), bed.direct));
    }

    @AfterEach
    void close() {
        site.stop(0);
        bed.close();
    }

    private static String all(RawClient client) throws IOException {
        client.socket.shutdownOutput();
        return new String(client.in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void whateverIsNoAuthenticationGoesToTheSite() throws Exception {
        InetSocketAddress server = bed.start();
        for (String request : List.of("GET /a HTTP/1.0\r\n\r\n",
                "GET /a HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\nX-Long: " + "x".repeat(3000) + "\r\n\r\n")) {
            try (RawClient browser = RawClient.connect(server)) {
                browser.send(request.getBytes(StandardCharsets.US_ASCII));
                assertThat(all(browser)).startsWith("HTTP/1.1 200 OK").endsWith("decoy /a");
            }
        }
        await().untilAsserted(() -> assertThat(bed.ended).hasSize(2));
        assertThat(bed.ended.getFirst().what()).isEqualTo("fallback");
        assertThat(bed.counts.count("fallback")).isEqualTo(2);
    }

    /** A wrong password is nonsense to a web server, which says so; garbage gets the same answer. */
    @Test
    void aWrongPasswordAndGarbageGetTheSameAnswer() throws Exception {
        InetSocketAddress server = bed.start();
        String wrong;
        try (RawClient client = RawClient.connect(server)) {
            wrong = all(client.send(RawClient.authentication("wrong", 30)).send("\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        }
        try (RawClient client = RawClient.connect(server)) {
            byte[] garbage = new byte[64];
            java.util.Arrays.fill(garbage, (byte) 0xee);
            assertThat(all(client.send(garbage).send("\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))).isEqualTo(wrong);
        }
        assertThat(bed.counts.count("auth-unknown")).isEqualTo(2);
    }

    @Test
    void whoSaysTooLittleGoesThereAtTheDeadline() throws Exception {
        bed.options = bed.options.withAuthentication(Duration.ofMillis(200));
        try (RawClient browser = RawClient.connect(bed.start())) {
            browser.send("GET /s".getBytes(StandardCharsets.US_ASCII));
            await().untilAsserted(() -> assertThat(bed.counts.count("auth-timeout")).isEqualTo(1));
            browser.send("low HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(all(browser)).endsWith("decoy /slow");
        }
    }

    @Test
    void whoKnowsThePasswordIsServedAllTheSame() throws Exception {
        try (ServerBed.Target echo = ServerBed.Target.echo(); RawClient client = RawClient.session(bed.start())) {
            client.open(1, RawClient.loopback(echo.port())).expect(RawClient.SYNACK, 1);
        }
        assertThat(bed.counts.count("fallback")).isZero();
    }

    @Test
    void aBrowserByTlsSeesTheSite(@TempDir Path keys) throws Exception {
        InetSocketAddress server = bed
                .start(ServerTls.selfSigned(keys, "front", new ServerTlsOptions(List.of("http/1.1"), null)));
        SSLContext context = trusting();
        // The client of the JDK checks names whatever its context trusts; this certificate is for localhost.
        try (HttpClient browser = HttpClient.newBuilder().sslContext(context).build()) {
            HttpResponse<String> answer = browser.send(
                    HttpRequest.newBuilder(URI.create("https://localhost:" + server.getPort() + "/page")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("decoy /page");
        }
    }

    private static SSLContext trusting() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        return context;
    }

    @Test
    void aSiteWithTlsIsOfferedWhatTheBrowserHasAgreedOn(@TempDir Path keys) throws Exception {
        ServerTls behind = ServerTls.selfSigned(keys, "site", new ServerTlsOptions(List.of("h2", "http/1.1"), null));
        java.util.concurrent.atomic.AtomicReference<String> agreed = new java.util.concurrent.atomic.AtomicReference<>("");
        dev.sluice.net.Listener site2 = dev.sluice.net.Listener.bind(bed.loops, new OwnAddresses(), bed.root,
                new InetSocketAddress(ServerBed.LOOPBACK, 0),
                (channel, scope) -> behind.accept(channel, Duration.ofSeconds(5))
                        .addListener((io.netty.util.concurrent.Future<dev.sluice.net.TlsInfo> f) -> {
                            if (f.isSuccess()) {
                                agreed.set(String.valueOf(channel.pipeline().get(io.netty.handler.ssl.SslHandler.class)
                                        .applicationProtocol()));
                            }
                            channel.close();
                        }))
                .syncUninterruptibly().getNow();
        ClientTlsOptions any = ClientTlsOptions.DEFAULT.withInsecure(true);
        bed.options = bed.options.withFallback(new FallbackSite(
                Destination.of(Network.TCP, "127.0.0.1", site2.address().getPort()),
                Map.of("", ClientTls.create(any), "h2", ClientTls.create(any.withAlpn(List.of("h2"))), "http/1.1",
                        ClientTls.create(any.withAlpn(List.of("http/1.1")))),
                bed.direct));
        InetSocketAddress server = bed
                .start(ServerTls.selfSigned(keys, "front", new ServerTlsOptions(List.of("h2", "http/1.1"), null)));
        for (String protocol : List.of("h2", "http/1.1")) {
            try (SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket(server.getAddress(),
                    server.getPort())) {
                SSLParameters parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[]{protocol});
                socket.setSSLParameters(parameters);
                socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                await().untilAsserted(() -> assertThat(agreed.get()).isEqualTo(protocol));
            }
        }
    }
}
