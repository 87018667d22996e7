package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import dev.sluice.core.ScopeClosedException;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One UDP socket on one event loop: datagrams in, datagrams out, bounded, dropping (and counting) rather than blocking. An ICMP
 * error does not end it.
 *
 * <p>Belongs to the executor of its scope, which must be a loop: every method but {@link #address} is called there.
 */
public final class UdpSocket {
    private static final Logger log = LoggerFactory.getLogger(UdpSocket.class);

    /** Room for every datagram; what arrives is copied into a buffer of its size, and the big one goes back to its pool. */
    private static final int RECEIVE_BUFFER = 65_535;
    /** From here on a datagram is worth more than its copy. */
    private static final int KEEP = 32 * 1024;
    /** Bytes that may wait for the system to take them. */
    private static final WriteBufferWaterMark QUEUE = new WriteBufferWaterMark(128 * 1024, 256 * 1024);

    /** Gets the datagrams. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * One datagram arrived. Called on the loop.
         *
         * @implNote takes ownership of {@code payload}
         */
        void received(InetSocketAddress sender, ByteBuf payload);
    }

    private final Channel channel;
    private final InetSocketAddress address;
    private final ChannelFutureListener countFailure;
    private final @Nullable EmptyDatagrams empty;
    private long dropped;

    private UdpSocket(Channel channel) {
        this.channel = channel;
        this.address = (InetSocketAddress) channel.localAddress();
        this.empty = EmptyDatagrams.of(channel);
        this.countFailure = f -> {
            if (!f.isSuccess()) {
                dropped++;
            }
        };
    }

    /**
     * Opens a socket that clients send to, and enters it in {@code own} while it lives. Any thread.
     *
     * @param scope owns the socket; its executor is the loop
     * @param address port 0 lets the system choose
     * @return fails with a {@link java.net.BindException} whose message names the address and the cause
     */
    public static Future<UdpSocket> listen(EventLoops loops, OwnAddresses own, Scope scope, InetSocketAddress address,
            Receiver receiver) {
        Future<UdpSocket> bound = open(loops, scope, address, receiver);
        bound.addListener((Future<UdpSocket> f) -> {
            if (f.isSuccess()) {
                InetSocketAddress local = f.getNow().address;
                own.add(Network.UDP, local);
                f.getNow().channel.closeFuture().addListener(c -> own.remove(Network.UDP, local));
            }
        });
        return bound;
    }

    /** Opens a socket for one flow or association: as {@link #listen}, but not one of the program's own addresses. Any thread. */
    public static Future<UdpSocket> open(EventLoops loops, Scope scope, InetSocketAddress address, Receiver receiver) {
        EventLoop loop = (EventLoop) scope.executor();
        Promise<UdpSocket> bound = loop.newPromise();
        new Bootstrap().group(loop).channel(loops.datagram())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, QUEUE)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BUFFER))
                .handler(new Inbound(receiver)).bind(address).addListener((ChannelFuture f) -> {
                    if (!f.isSuccess()) {
                        bound.setFailure(BindFailures.explain(address, f.cause()));
                        return;
                    }
                    Channel channel = f.channel();
                    Scope.Ownership ownership = scope.own(why -> channel.close());
                    channel.closeFuture().addListener(c -> ownership.release());
                    CloseReason gone = scope.reason();
                    if (gone != null || !bound.trySuccess(new UdpSocket(channel))) {
                        channel.close();
                        bound.tryFailure(new ScopeClosedException(gone == null ? CloseReason.cancelled("bind") : gone));
                    }
                });
        return bound;
    }

    /** The local address, with the port that the system chose. Any thread. */
    public InetSocketAddress address() {
        return address;
    }

    /**
     * Sends one datagram, or drops and counts it where the queue is full. An empty one may be sent at once, with all that was
     * gathered before it; on epoll and NIO it does not wait in the queue.
     *
     * @return whether it was accepted
     * @implNote takes ownership of {@code payload}
     */
    public boolean send(InetSocketAddress target, ByteBuf payload) {
        if (!channel.isWritable()) {
            channel.flush(); // a burst without a flush of its own may have filled the queue
        }
        if (!channel.isWritable()) {
            payload.release();
            dropped++;
            return false;
        }
        if (empty != null && !payload.isReadable()) {
            payload.release();
            boolean sent = empty.send(target);
            dropped += sent ? 0 : 1;
            return sent;
        }
        channel.write(new DatagramPacket(payload, target)).addListener(countFailure);
        return true;
    }

    /** Sends what {@link #send} has gathered. */
    public void flush() {
        channel.flush();
    }

    /** Datagrams dropped so far because the queue was full or the system refused them. */
    public long dropped() {
        return dropped;
    }

    private static final class Inbound extends ChannelInboundHandlerAdapter {
        private final Receiver receiver;

        private Inbound(Receiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            ByteBuf content = packet.content();
            if (content.readableBytes() < KEEP) {
                ByteBuf fitting = ctx.alloc().buffer(content.readableBytes()).writeBytes(content);
                content.release();
                receiver.received(packet.sender(), fitting);
            } else {
                receiver.received(packet.sender(), content);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // An ICMP error of some earlier datagram, or a fault in handling one: the others go on.
            Level level = CloseReasons.classify(cause).level();
            log.atLevel(level).setCause(level == Level.ERROR ? cause : null).log("{}: {}", ctx.channel().localAddress(),
                    cause.toString());
        }
    }
}
