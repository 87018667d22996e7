package dev.sluice.net;

import static dev.sluice.net.TestCertificates.dns;
import static dev.sluice.net.TestCertificates.ip;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.core.TlsTruncatedException;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides of TLS against each other, over real sockets. */
class TlsTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static EventLoops loops;
    private static TestCertificates authority;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path dir;

    private static Path ca;
    private @Nullable Channel listener;
    private final BlockingQueue<Future<TlsInfo>> accepted = new LinkedBlockingQueue<>();
    private final BlockingQueue<Channel> acceptedChannels = new LinkedBlockingQueue<>();

    @BeforeAll
    static void start() {
        loops = EventLoops.create();
        authority = new TestCertificates();
        ca = authority.writeAuthority(dir.resolve("ca.pem"));
    }

    @AfterAll
    static void stop() {
        loops.close().syncUninterruptibly();
    }

    @AfterEach
    void close() {
        if (listener != null) {
            listener.close().syncUninterruptibly();
        }
        acceptedChannels.forEach(Channel::close);
    }

    private static ServerTls server(TestCertificates.Leaf leaf, List<String> alpn) throws TlsConfigException {
        return ServerTls.fromFiles(leaf.writeChain(dir.resolve("server.crt")), leaf.writeKey(dir.resolve("server.key")), alpn);
    }

    private int listen(ServerTls tls) {
        return listen(tls, LIMIT);
    }

    private int listen(ServerTls tls, Duration limit) {
        Channel bound = new ServerBootstrap().group(loops.next(), loops.next()).channel(loops.serverSocket())
                .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        acceptedChannels.add(channel);
                        channel.eventLoop().execute(() -> accepted.add(tls.accept(channel, limit)));
                    }
                }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
        listener = bound;
        return ((InetSocketAddress) bound.localAddress()).getPort();
    }

    private static Channel dial(int port) {
        return new Bootstrap().group(loops.next()).channel(loops.socket()).option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true).handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ReadHold.install(channel, 0, null);
                    }
                }).connect("127.0.0.1", port).syncUninterruptibly().channel();
    }

    private record Dialled(Channel channel, Future<TlsInfo> handshake) {}

    private static Dialled connect(int port, ClientTlsOptions options, String host) throws TlsConfigException {
        return connect(port, ClientTls.create(options), host);
    }

    private static Dialled connect(int port, ClientTls tls, String host) {
        Channel channel = dial(port);
        Future<TlsInfo> handshake = channel.eventLoop().submit(() -> tls.connect(channel, host, port, LIMIT))
                .syncUninterruptibly().getNow();
        return new Dialled(channel, handshake.awaitUninterruptibly());
    }

    private Future<TlsInfo> nextHandshake() throws InterruptedException {
        return Objects.requireNonNull(accepted.poll(5, TimeUnit.SECONDS)).awaitUninterruptibly();
    }

    private Channel acceptedChannel() throws InterruptedException {
        assertThat(nextHandshake().isSuccess()).isTrue();
        return acceptedChannels.take();
    }

    /** Writes down what a stream delivers. */
    private static final class Recorder extends ChannelInboundHandlerAdapter {
        private final List<Object> seen = new CopyOnWriteArrayList<>();

        private static Recorder on(Channel channel) {
            Recorder recorder = new Recorder();
            channel.eventLoop().submit(() -> {
                ReadHold.release(channel, pipeline -> pipeline.addLast(recorder));
                channel.config().setAutoRead(true);
            }).syncUninterruptibly();
            return recorder;
        }

        @Override
        public void channelRead(ChannelHandlerContext c, Object message) {
            seen.add(((ByteBuf) message).toString(US_ASCII));
            ((ByteBuf) message).release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext c, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                seen.add("<end>");
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
            seen.add(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext c) {
            seen.add("<inactive>");
        }
    }

    private static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, US_ASCII);
    }

    private static String failure(Dialled dialled) {
        assertThat(dialled.handshake.isSuccess()).isFalse();
        assertThat(dialled.handshake.cause()).isInstanceOf(SSLException.class);
        dialled.channel.closeFuture().syncUninterruptibly();
        StringBuilder all = new StringBuilder();
        for (Throwable e = dialled.handshake.cause(); e != null; e = e.getCause()) {
            all.append(e.getMessage()).append('\n');
        }
        return all.toString();
    }

    @Test
    void agreesAndCarriesBytesBothWays() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test"), ip("127.0.0.1")), List.of("h2", "http/1.1")));
        Dialled dialled = connect(port, ClientTlsOptions.DEFAULT.withCa(ca).withAlpn(List.of("spdy", "http/1.1")), "proxy.test");
        TlsInfo info = dialled.handshake.get();
        assertThat(info.version()).isEqualTo("TLSv1.3");
        assertThat(info.applicationProtocol()).isEqualTo("http/1.1");
        Channel server = acceptedChannel();
        // Early bytes wait in the hold above TLS until somebody takes the stream over.
        dialled.channel.writeAndFlush(text("early")).syncUninterruptibly();
        Recorder atServer = Recorder.on(server);
        await().until(() -> atServer.seen.contains("early"));
        Recorder atClient = Recorder.on(dialled.channel);
        server.writeAndFlush(text("back"));
        await().until(() -> atClient.seen.contains("back"));
        dialled.channel.close();
        await().until(() -> atServer.seen.contains("<end>"));
        assertThat(atServer.seen).noneMatch(Throwable.class::isInstance);
    }

    @Test
    void verifiesNamesAndAddresses() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test"), dns("*.wild.test"), dns("single"), ip("127.0.0.1"), ip("::1")),
                List.of()));
        ClientTlsOptions trusting = ClientTlsOptions.DEFAULT.withCa(ca);
        for (String right : List.of("proxy.test", "proxy.test.", "a.wild.test", "127.0.0.1", "::1", "[::1]", "single")) {
            Dialled dialled = connect(port, trusting, right);
            assertThat(dialled.handshake.cause()).as(right).isNull();
            dialled.channel.close();
        }
        for (String wrong : List.of("other.test", "a.b.wild.test", "127.0.0.2", "::2")) {
            assertThat(failure(connect(port, trusting, wrong))).as(wrong)
                    .containsPattern("(?i)no (name|subject).* (matching|found)");
        }
        Dialled renamed = connect(port, trusting.withServerName("proxy.test"), "10.1.2.3");
        assertThat(renamed.handshake.isSuccess()).isTrue();
        renamed.channel.close();
        assertThat(failure(connect(port, trusting.withServerName("other.test"), "proxy.test"))).contains("other.test");
    }

    @Test
    void refusesUnknownAuthoritiesAndExpiredCertificates() throws Exception {
        TestCertificates.Leaf leaf = authority.leaf(Instant.now().minus(Duration.ofDays(30)), dns("proxy.test"));
        int port = listen(server(leaf, List.of()));
        assertThat(failure(connect(port, ClientTlsOptions.DEFAULT, "proxy.test")))
                .contains("unable to find valid certification path");
        assertThat(failure(connect(port, ClientTlsOptions.DEFAULT.withCa(ca), "proxy.test"))).containsIgnoringCase("NotAfter");
        Dialled any = connect(port, ClientTlsOptions.DEFAULT.withInsecure(true), "whatever.test");
        assertThat(any.handshake.isSuccess()).isTrue();
        any.channel.close();
        Dialled pinned = connect(port, ClientTlsOptions.DEFAULT.withPin(CertificatePin.of(leaf.certificate())), "whatever.test");
        assertThat(pinned.handshake.isSuccess()).isTrue();
        pinned.channel.close();
    }

    @Test
    void clientsMustShowACertificateOfTheAuthority() throws Exception {
        TestCertificates.Leaf leaf = authority.leaf(dns("proxy.test"));
        ServerTls asking = ServerTls.fromFiles(leaf.writeChain(dir.resolve("mtls.crt")), leaf.writeKey(dir.resolve("mtls.key")),
                new ServerTlsOptions(List.of(), ca));
        int port = listen(asking);
        ClientTlsOptions trusting = ClientTlsOptions.DEFAULT.withCa(ca);
        TestCertificates.Leaf client = authority.leaf(dns("client.test"));
        connect(port, trusting.withCertificate(client.writeChain(dir.resolve("client.crt")),
                client.writeKey(dir.resolve("client.key"))), "proxy.test").channel.close();
        assertThat(nextHandshake().isSuccess()).isTrue();
        connect(port, trusting, "proxy.test").channel.close();
        assertThat(nextHandshake().isSuccess()).isFalse();
    }

    @Test
    void aPinNamesOneCertificateAndBeatsInsecure() throws Exception {
        ServerTls tls = ServerTls.selfSigned(dir.resolve("state/keys"), "proxy", List.of());
        int port = listen(tls);
        Dialled right = connect(port, ClientTlsOptions.DEFAULT.withPin(CertificatePin.parse(tls.pin().toString())), "far.test");
        assertThat(right.handshake.isSuccess()).isTrue();
        right.channel.close();
        CertificatePin other = CertificatePin.parse("SHA256:" + "0A".repeat(32));
        String why = failure(connect(port, ClientTlsOptions.DEFAULT.withPin(other).withInsecure(true), "far.test"));
        assertThat(why).contains("not the pinned one", tls.pin().toString());
        assertThatThrownBy(() -> CertificatePin.parse("sha1:00")).hasMessageContaining("sha256:HEX");
        assertThatThrownBy(() -> CertificatePin.parse("sha256:00")).hasMessageContaining("64 hex digits");
    }

    @Test
    void selfSignedKeysAreMadeOnceAndForTheirOwnerOnly() throws Exception {
        Path state = dir.resolve("once");
        ServerTls first = ServerTls.selfSigned(state, "inbound", List.of());
        ServerTls second = ServerTls.selfSigned(state, "inbound", List.of());
        assertThat(second.pin()).isEqualTo(first.pin());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.resolve("inbound.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state))).isEqualTo("rwx------");
        try (var files = Files.list(state)) {
            assertThat(files).hasSize(1);
        }
        assertThat(ServerTls.selfSigned(state, "another", List.of()).pin()).isNotEqualTo(first.pin());
        assertThat(first.toString()).doesNotContain("PRIVATE");
    }

    @Test
    void sessionsAreResumed() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test")), List.of()));
        ClientTls tls = ClientTls.create(ClientTlsOptions.DEFAULT.withCa(ca));
        int resumed = 0;
        for (int i = 0; i < 4; i++) {
            Dialled dialled = connect(port, tls, "proxy.test");
            assertThat(dialled.handshake.isSuccess()).isTrue();
            Channel server = acceptedChannel();
            Recorder client = Recorder.on(dialled.channel);
            server.writeAndFlush(text("x")).syncUninterruptibly(); // tickets of TLS 1.3 come with the first bytes
            await().until(() -> client.seen.contains("x"));
            if (dialled.channel.pipeline().get(SslHandler.class).engine() instanceof ReferenceCountedOpenSslEngine engine) {
                resumed += SSL.isSessionReused(engine.sslPointer()) ? 1 : 0;
            }
            dialled.channel.close().syncUninterruptibly();
        }
        assertThat(resumed).isEqualTo(3);
    }

    @Test
    void changedFilesAreTakenAndBrokenOnesAreNot() throws Exception {
        TestCertificates.Leaf one = authority.leaf(dns("proxy.test"));
        TestCertificates.Leaf two = authority.leaf(dns("proxy.test"));
        Path crt = one.writeChain(dir.resolve("reload.crt"));
        Path key = one.writeKey(dir.resolve("reload.key"));
        ServerTls tls = ServerTls.fromFiles(crt, key, List.of());
        Scope scope = Scope.root("test", loops.next());
        tls.reloadWithin(scope, Duration.ofMillis(20));
        Files.writeString(crt, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
        int port = listen(tls);
        Dialled still = connect(port, ClientTlsOptions.DEFAULT.withPin(CertificatePin.of(one.certificate())), "proxy.test");
        assertThat(still.handshake.isSuccess()).isTrue();
        two.writeChain(crt);
        two.writeKey(key);
        await().until(() -> tls.pin().equals(CertificatePin.of(two.certificate())));
        Dialled changed = connect(port, ClientTlsOptions.DEFAULT.withPin(CertificatePin.of(two.certificate())), "proxy.test");
        assertThat(changed.handshake.isSuccess()).isTrue();
        // What runs goes on.
        acceptedChannels.take().writeAndFlush(text("on")).sync();
        Recorder recorder = Recorder.on(still.channel);
        await().until(() -> recorder.seen.contains("on"));
        still.channel.close();
        changed.channel.close();
        scope.close(CloseReason.shutdown("test")).syncUninterruptibly();
    }

    @Test
    void badFilesAreRefusedInPlainWords() throws Exception {
        TestCertificates.Leaf leaf = authority.leaf(dns("proxy.test"));
        Path crt = leaf.writeChain(dir.resolve("good.crt"));
        Path key = leaf.writeKey(dir.resolve("good.key"));
        Path other = authority.leaf(dns("proxy.test")).writeKey(dir.resolve("other.key"));
        Path none = dir.resolve("none.key");
        Path encrypted = leaf.writeEncryptedKey(dir.resolve("encrypted.key"));
        Path der = Files.write(dir.resolve("der.crt"), leaf.certificate().getEncoded());
        assertThatThrownBy(() -> ServerTls.fromFiles(crt, other, List.of())).hasMessageContaining("does not belong");
        assertThatThrownBy(() -> ServerTls.fromFiles(crt, none, List.of())).hasMessageContaining("none.key does not exist");
        assertThatThrownBy(() -> ServerTls.fromFiles(crt, crt, List.of())).hasMessageContaining("holds no private key");
        assertThatThrownBy(() -> ServerTls.fromFiles(key, key, List.of())).hasMessageContaining("holds no certificate");
        assertThatThrownBy(() -> ServerTls.fromFiles(crt, encrypted, List.of())).hasMessageContaining("encrypted private key");
        assertThatThrownBy(() -> ServerTls.fromFiles(der, key, List.of())).hasMessageContaining("der.crt");
        assertThatThrownBy(() -> ClientTls.create(ClientTlsOptions.DEFAULT.withCa(none))).hasMessageContaining("does not exist");
        assertThatThrownBy(() -> ClientTls.create(ClientTlsOptions.DEFAULT.withServerName("bad name")))
                .hasMessageContaining("\"bad name\"");
    }

    @Test
    void aMissingCloseNotifyIsTruncation() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test")), List.of()));
        Dialled dialled = connect(port, ClientTlsOptions.DEFAULT.withCa(ca), "proxy.test");
        Channel server = acceptedChannel();
        Recorder recorder = Recorder.on(dialled.channel);
        server.writeAndFlush(text("half")).syncUninterruptibly();
        ((SocketChannel) server).shutdownOutput(); // FIN, without close_notify
        await().until(() -> recorder.seen.contains("<inactive>"));
        assertThat(recorder.seen).hasSize(3).startsWith("half").element(1).isInstanceOf(TlsTruncatedException.class);
    }

    @Test
    void closeNotifyEndsInputAndTheChannelStaysOpen() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test")), List.of()));
        Dialled dialled = connect(port, ClientTlsOptions.DEFAULT.withCa(ca), "proxy.test");
        Channel server = acceptedChannel();
        Recorder recorder = Recorder.on(dialled.channel);
        server.writeAndFlush(text("all"));
        server.eventLoop().execute(() -> server.pipeline().get(SslHandler.class).closeOutbound());
        await().until(() -> recorder.seen.equals(List.of("all", "<end>")));
        assertThat(dialled.channel.isOpen()).isTrue();
        // What whoever relays must know: this end alone cannot be passed on, and our own end still can be said in order.
        assertThat(Finish.carriesHalfClose(dialled.channel)).isFalse();
        assertThat(Finish.carriesHalfClose(server)).isFalse();
        Recorder atServer = Recorder.on(server);
        dialled.channel.eventLoop().submit(() -> Finish.finish(dialled.channel)).syncUninterruptibly().getNow()
                .syncUninterruptibly();
        await().until(() -> atServer.seen.equals(List.of("<end>")));
        dialled.channel.close();
    }

    @Test
    void garbageInsteadOfAHandshakeFailsIt() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test")), List.of()));
        Channel client = dial(port);
        client.writeAndFlush(text("GET / HTTP/1.1\r\n\r\n"));
        Future<TlsInfo> handshake = nextHandshake();
        assertThat(handshake.cause()).isInstanceOf(SSLException.class);
        acceptedChannels.take().closeFuture().syncUninterruptibly();
        client.close();
    }

    @Test
    void aPeerThatLeavesOrStallsFailsTheHandshake() throws Exception {
        int port = listen(server(authority.leaf(dns("proxy.test")), List.of()), Duration.ofMillis(200));
        Channel silent = dial(port);
        Future<TlsInfo> stalled = nextHandshake();
        assertThat(stalled.cause()).isInstanceOf(SSLException.class).hasMessageContaining("timed out");
        silent.close();
        Channel leaving = dial(port);
        ((SocketChannel) leaving).shutdownOutput();
        Future<TlsInfo> left = nextHandshake();
        assertThat(left.cause()).isInstanceOf(SSLException.class).hasMessageContaining("closed during the TLS handshake");
        leaving.close();
    }
}
