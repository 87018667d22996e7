package dev.sluice.proxy;

import dev.sluice.core.ProtocolException;
import dev.sluice.net.ReadHold;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Reads the PROXY protocol header, version 1 or 2, that a trusted peer puts before everything else (HAProxy's
 * proxy-protocol.txt). Netty's decoder reads it; the first byte that cannot belong to a header is refused here, so that a peer
 * without one is not waited for.
 *
 * <p>Belongs to the client's loop.
 */
final class ProxyHeaderReader extends SimpleChannelInboundHandler<HAProxyMessage> {
    private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] V2 = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
    /** Type-length-value fields beyond this are more than anybody sends. */
    private static final int MAX_TLV = 4096;

    private final InetSocketAddress peer;
    private final Promise<InetSocketAddress> source;
    private boolean done;

    private ProxyHeaderReader(InetSocketAddress peer, Promise<InetSocketAddress> source) {
        this.peer = peer;
        this.source = source;
    }

    /**
     * Takes the channel from its hold, reads one header, and puts a hold there again.
     *
     * @return the source that the header names; {@code peer} itself where it names none (LOCAL, UNKNOWN, a unix socket)
     */
    static Future<InetSocketAddress> read(Channel channel, InetSocketAddress peer) {
        Promise<InetSocketAddress> source = channel.eventLoop().newPromise();
        ReadHold.release(channel,
                pipeline -> pipeline.addLast(new Closing(source), new Decoder(), new ProxyHeaderReader(peer, source)));
        channel.read();
        return source;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HAProxyMessage header) throws ProtocolException {
        InetSocketAddress named = named(header);
        done = true;
        ReadHold.install(ctx.channel(), 0, null);
        ctx.pipeline().remove(this);
        ctx.pipeline().remove(Closing.class);
        // The decoder leaves, and hands on the bytes after the header, only when this call has returned.
        ctx.executor().execute(() -> source.setSuccess(named));
    }

    private InetSocketAddress named(HAProxyMessage header) throws ProtocolException {
        if (header.command() == HAProxyCommand.LOCAL) {
            return peer;
        }
        return switch (header.proxiedProtocol()) {
            case TCP4, TCP6 -> address(header);
            case UNKNOWN, UNIX_STREAM, UNIX_DGRAM -> peer;
            case UDP4, UDP6 -> throw new ProtocolException("PROXY header: a datagram's source on a stream");
        };
    }

    private static InetSocketAddress address(HAProxyMessage header) throws ProtocolException {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(header.sourceAddress());
        if (address == null) {
            throw new ProtocolException("PROXY header: the source is no address");
        }
        return new InetSocketAddress(address, header.sourcePort());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!done) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            source.tryFailure(new ProtocolException("PROXY header: cut short"));
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        source.tryFailure(cause);
    }

    /** Whether {@code begin} can be the beginning of a header, as far as it goes. */
    static boolean mayBegin(ByteBuf begin) {
        return agrees(begin, V1) || agrees(begin, V2);
    }

    private static boolean agrees(ByteBuf begin, byte[] signature) {
        int n = Math.min(begin.readableBytes(), signature.length);
        for (int i = 0; i < n; i++) {
            if (begin.getByte(begin.readerIndex() + i) != signature[i]) {
                return false;
            }
        }
        return true;
    }

    /** Netty's decoder closes the channel where a header is broken, before it says so: then this is the reason. */
    private static final class Closing extends ChannelOutboundHandlerAdapter {
        private final Promise<InetSocketAddress> source;

        private Closing(Promise<InetSocketAddress> source) {
            this.source = source;
        }

        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
            source.tryFailure(new ProtocolException("PROXY header: malformed"));
            ctx.close(promise);
        }
    }

    /** Netty's decoder, but with a look at the first bytes: it would wait for a line's end. */
    private static final class Decoder extends HAProxyMessageDecoder {
        private final ByteBuf begin = Unpooled.buffer(V2.length, V2.length);

        private Decoder() {
            super(MAX_TLV, true);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (message instanceof ByteBuf bytes && begin.isWritable()) {
                int more = Math.min(bytes.readableBytes(), begin.writableBytes());
                begin.writeBytes(bytes, bytes.readerIndex(), more);
                if (!mayBegin(begin)) {
                    bytes.release();
                    throw new ProtocolException("PROXY header: missing");
                }
            }
            super.channelRead(ctx, message);
        }
    }
}
