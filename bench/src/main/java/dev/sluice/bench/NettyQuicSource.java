package dev.sluice.bench;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.quic.InsecureQuicTokenHandler;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicServerCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** Sends {@link Content} on every stream that a client opens, over Netty's QUIC. One loop. */
final class NettyQuicSource {
    private NettyQuicSource() {}

    /** Listens on loopback, port {@code args[0]}, with the congestion control {@code args[1]}; key and certificate stand beside it. */
    public static void main(String[] args) throws Exception {
        Content content = new Content();
        NettyQuic.bind(NettyQuic.tuned(new QuicServerCodecBuilder(), args[1])
                .sslContext(QuicSslContextBuilder.forServer(Path.of("quic.key").toFile(), null, Path.of("quic.crt").toFile())
                        .applicationProtocols("bench").build())
                .tokenHandler(InsecureQuicTokenHandler.INSTANCE)
                .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, NettyQuic.segments())
                .streamOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(512 << 10, 1 << 20))
                .handler(new Quiet()).streamHandler(new Sender(content)).build(),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])));
        System.out.println("ready");
    }

    @Sharable
    private static final class Quiet extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** Writes as long as the stream takes it. */
    @Sharable
    private static final class Sender extends ChannelInboundHandlerAdapter {
        private static final AttributeKey<long[]> AT = AttributeKey.valueOf("at");
        private final Content content;

        private Sender(Content content) {
            this.content = content;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
            ctx.channel().attr(AT).set(new long[1]);
            pump(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().attr(AT).get() != null) {
                pump(ctx);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        private void pump(ChannelHandlerContext ctx) {
            byte[] block = new byte[1 << 16];
            long[] at = ctx.channel().attr(AT).get();
            while (ctx.channel().isActive() && ctx.channel().isWritable()) {
                content.fill(block, block.length, at[0]);
                at[0] += block.length;
                ctx.write(ctx.alloc().buffer(block.length).writeBytes(block));
            }
            ctx.flush();
        }
    }
}
