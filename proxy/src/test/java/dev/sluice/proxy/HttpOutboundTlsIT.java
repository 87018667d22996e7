package dev.sluice.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ServerTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An HTTP proxy over TLS. No leak watch: the context of a TLS server keeps its key for as long as it lives. */
class HttpOutboundTlsIT {
    private static final Destination TARGET = Destination.of(Network.TCP, "target.example", 443);

    /** Grants the first request, says "early" at once, and echoes from then on. */
    private static final class Granting extends SimpleChannelInboundHandler<ByteBuf> {
        private boolean granted;

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            if (granted) {
                ctx.writeAndFlush(bytes.retain());
            } else if (bytes.toString(US_ASCII).endsWith("\r\n\r\n")) {
                granted = true;
                ctx.writeAndFlush(Unpooled.copiedBuffer("HTTP/1.1 200 OK\r\n\r\nearly", US_ASCII));
            }
        }
    }

    private static Channel serve(EventLoops loops, ServerTls tls) throws Exception {
        return new ServerBootstrap().group(loops.next()).channel(loops.serverSocket())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ReadHold.install(channel, 0, null);
                        tls.accept(channel, Duration.ofSeconds(5)).addListener(f -> {
                            if (f.isSuccess()) {
                                ReadHold.release(channel, pipeline -> pipeline.addLast(new Granting()));
                                channel.config().setAutoRead(true);
                            }
                        });
                    }
                }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).sync().channel();
    }

    @Test
    void shakesHandsThenAsksAndChecksTheCertificate(@TempDir Path directory) throws Exception {
        EventLoops loops = EventLoops.create();
        ServerTls tls = ServerTls.selfSigned(directory, "localhost", List.of());
        Channel server = serve(loops, tls);
        Destination address = Destination.of(Network.TCP, (InetSocketAddress) server.localAddress());
        try (OutboundBed bed = new OutboundBed(loops)) {
            ClientTls pinned = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(tls.pin()));
            HttpOutbound far = new HttpOutbound("far", address, new Credentials("anna", "secret"), bed.direct, pinned);
            Channel channel = bed.connect(far, bed.connection(TARGET));
            OutboundBed.Received received = bed.take(channel);
            received.await("early");
            OutboundBed.send(channel, "+more");
            received.await("early+more");

            Channel hop = bed.on(() -> far.connectHop(bed.connection(TARGET))).get(5, TimeUnit.SECONDS).channel();
            assertThat(hop.pipeline().get(ReadHold.class)).isNotNull();

            ClientTls strict = ClientTls.create(ClientTlsOptions.DEFAULT);
            HttpOutbound doubting = new HttpOutbound("far", address, null, bed.direct, strict);
            assertThat(bed.refused(doubting, bed.connection(TARGET)).failure()).isEqualTo(Failure.TLS);
            assertThat(bed.dialer.dials()).isEqualTo(3);
            hop.close(); // the two others are closed: one by the failure, one with the bed
        }
        server.close().sync();
        loops.close().get(10, TimeUnit.SECONDS);
    }

    @Test
    void aServerThatSpeaksNoTlsIsToldApart() throws Exception {
        EventLoops loops = EventLoops.create();
        try (ScriptedServer plain = new ScriptedServer(socket -> ScriptedServer.say(socket, "HTTP/1.1 400 Bad\r\n\r\n"));
                OutboundBed bed = new OutboundBed(loops)) {
            ClientTls tls = ClientTls.create(ClientTlsOptions.DEFAULT);
            HttpOutbound far = new HttpOutbound("far", OutboundBed.tcp(plain.port()), null, bed.direct, tls);
            assertThat(bed.refused(far, bed.connection(TARGET)).failure()).isIn(Failure.TLS, Failure.UPSTREAM_UNREACHABLE);
            bed.nothingOpen();
        }
        loops.close().get(10, TimeUnit.SECONDS);
    }
}
