package dev.sluice.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * What both ends of the Netty QUIC peer share: epoll, segmentation offload on send, receive offload, windows that do not bind. Merged
 * datagrams are split only where they are not received in batches, so no batch size is set.
 */
final class NettyQuic {
    private static final int SEGMENTS = 40;
    private static final int BUFFER = 4 << 20;
    private static final long WINDOW = 64L << 20;

    private NettyQuic() {}

    static SegmentedDatagramPacketAllocator segments() {
        return EpollQuicUtils.newSegmentedAllocator(SEGMENTS);
    }

    static <B extends QuicCodecBuilder<B>> B tuned(B codec, String congestion) {
        return codec.congestionControlAlgorithm(QuicCongestionControlAlgorithm.valueOf(congestion.toUpperCase(Locale.ROOT)))
                .maxIdleTimeout(30, TimeUnit.SECONDS).initialMaxData(WINDOW).initialMaxStreamDataBidirectionalLocal(WINDOW)
                .initialMaxStreamDataBidirectionalRemote(WINDOW).initialMaxStreamsBidirectional(100).maxRecvUdpPayloadSize(1472)
                .maxSendUdpPayloadSize(1472);
    }

    /** A socket with {@code codec} on it. */
    static Channel bind(ChannelHandler codec, InetSocketAddress address) throws InterruptedException {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        return new Bootstrap().group(group).channel(EpollDatagramChannel.class).option(EpollChannelOption.UDP_GRO, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(65_535))
                .option(ChannelOption.SO_RCVBUF, BUFFER).option(ChannelOption.SO_SNDBUF, BUFFER)
                .option(ChannelOption.MAX_MESSAGES_PER_WRITE, 1024).handler(codec).bind(address).sync().channel();
    }
}
