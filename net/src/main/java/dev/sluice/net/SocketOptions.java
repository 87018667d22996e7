package dev.sluice.net;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;

/** The options of every TCP socket, accepted or dialled; TCP_NODELAY Netty sets by itself. */
final class SocketOptions {
    private SocketOptions() {}

    /** Set before the channel is registered, so that nothing is read before somebody asks. */
    static void apply(ChannelConfig config) {
        config.setAutoRead(false);
        config.setRecvByteBufAllocator(new ReceiveBuffer()); // one per channel: it learns its traffic
        config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        config.setOption(ChannelOption.SO_KEEPALIVE, true);
    }
}
