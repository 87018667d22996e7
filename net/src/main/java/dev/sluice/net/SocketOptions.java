package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;

/** What every TCP socket gets, accepted or dialled. */
public final class SocketOptions {
    private SocketOptions() {}

    /**
     * Readies a TCP channel: no reading before somebody asks, half-close, keep-alive, a receive buffer that learns its traffic.
     * TCP_NODELAY Netty sets by itself.
     *
     * @param channel not registered yet, or about to run its first handler; its pipeline still empty of what reads and closes
     */
    public static void apply(Channel channel) {
        ChannelConfig config = channel.config();
        config.setAutoRead(false);
        config.setRecvByteBufAllocator(new ReceiveBuffer());
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
        if (Uring.isOurs(channel)) {
            channel.pipeline().addFirst(new UringMend());
        }
    }
}
