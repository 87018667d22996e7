package dev.sluice.http;

import dev.sluice.net.ReadHold;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/** Takes an HTTP/1 codec off a stream that is no HTTP any more, without losing what the peer has sent behind the last message. */
final class Http1Detach {
    private Http1Detach() {}

    static Channel detach(Channel channel, Http1Decoder decoder, ChannelHandler handler) {
        boolean ended = decoder.holdsEnd();
        ReadHold hold = ReadHold.install(channel, 0, null);
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandlerContext holding = pipeline.context(hold);
        pipeline.remove(handler);
        pipeline.remove(decoder); // passes what it holds on to the hold
        if (ended) {
            hold.userEventTriggered(holding, ChannelInputShutdownEvent.INSTANCE);
        }
        return channel;
    }
}
