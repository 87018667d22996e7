package dev.sluice.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Downloads over Netty's QUIC, told by lines on standard input as {@link LinkSink} is; each on a connection of its own. One loop, and
 * main.
 */
final class NettyQuicSink {
    private NettyQuicSink() {}

    /** From port {@code args[0]} of loopback with the congestion control {@code args[1]}. */
    public static void main(String[] args) throws Exception {
        Channel socket = NettyQuic.bind(NettyQuic.tuned(new QuicClientCodecBuilder(), args[1])
                .sslContext(QuicSslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .applicationProtocols("bench").build())
                .build(), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            double seconds = Double.parseDouble(words[1]);
            CompletableFuture<Download> done = new CompletableFuture<>();
            QuicChannel connection = QuicChannel.newBootstrap(socket)
                    .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, NettyQuic.segments())
                    .streamOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1 << 16))
                    .handler(new ChannelInboundHandlerAdapter())
                    .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]))).connect()
                    .get();
            connection.createStream(QuicStreamType.BIDIRECTIONAL, new Receiver(seconds, done)).sync().getNow()
                    .writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
            String answer;
            try {
                answer = done.get((long) seconds + 30, TimeUnit.SECONDS).line();
            } catch (ExecutionException | TimeoutException e) {
                answer = "failed " + e;
            }
            System.out.println(words[0] + " " + answer);
            connection.close().sync();
        }
        System.exit(0);
    }

    private static final class Receiver extends ChannelInboundHandlerAdapter {
        private final Content content = new Content();
        private final Download.Watch watch = new Download.Watch();
        private final double seconds;
        private final CompletableFuture<Download> done;
        private final byte[] block = new byte[1 << 19];
        private long total;

        private Receiver(double seconds, CompletableFuture<Download> done) {
            this.seconds = seconds;
            this.done = done;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                while (in.isReadable()) {
                    int n = Math.min(block.length, in.readableBytes());
                    in.readBytes(block, 0, n);
                    if (!content.matches(block, n, total)) {
                        done.completeExceptionally(new IllegalStateException("bytes differ at " + total));
                    }
                    total += n;
                }
            } finally {
                in.release();
            }
            long now = System.nanoTime();
            watch.at(now, total);
            if (now - watch.first() >= seconds * 1e9) {
                done.complete(watch.end(now));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            done.completeExceptionally(cause);
        }
    }
}
