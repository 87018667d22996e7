package dev.sluice.rudp.channel;

import dev.sluice.net.BindFailures;
import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import dev.sluice.rudp.protocol.DatagramBatch;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One UDP socket of an endpoint. On epoll a batch leaves by one call (generic segmentation offload) and several datagrams of a flow
 * arrive by one (receive offload); elsewhere each goes alone. What the system does not take at once waits in a bounded queue, and
 * {@link #writable} says no. Belongs to its loop.
 *
 * <p>Receive offload wants a buffer of 64 KiB and no {@code MAX_DATAGRAM_PAYLOAD_SIZE}: together with {@code recvmmsg} it gives merged
 * datagrams unsplit. The marks of ECN cannot be read: Netty does not show them.
 */
final class UdpPort {
    private static final Logger log = LoggerFactory.getLogger(UdpPort.class);

    /** Most that one segmented send takes: what a UDP datagram can carry. */
    static final int MAX_BATCH = 65_000;
    /** The kernel's own limit. */
    static final int MAX_SEGMENTS = 64;

    /** IP_MTU_DISCOVER and IPV6_MTU_DISCOVER of Linux, and the value that sets DF and ignores what the kernel believes of the path. */
    private static final ChannelOption<Integer> MTU_DISCOVER_V4 = new IntegerUnixChannelOption("IP_MTU_DISCOVER", 0, 10);
    private static final ChannelOption<Integer> MTU_DISCOVER_V6 = new IntegerUnixChannelOption("IPV6_MTU_DISCOVER", 41, 23);
    private static final int PMTUDISC_PROBE = 3;

    private static final WriteBufferWaterMark QUEUE = new WriteBufferWaterMark(256 * 1024, 512 * 1024);
    /** What is asked of the system: some milliseconds at full speed. */
    private static final int SOCKET_BUFFER = 4 * 1024 * 1024;

    /** Hears of a port. On its loop. */
    interface Owner {
        /** A datagram came; {@code bytes} is released by the caller. */
        void received(UdpPort port, InetSocketAddress from, ByteBuf bytes);

        /** All that was there is read. */
        void readComplete();

        /** The system takes datagrams again. */
        void writableAgain();

        /** The socket was closed, not by {@link #close}. */
        void lost(UdpPort port);
    }

    private final int number;
    private final Channel channel;
    private final InetSocketAddress address;
    private final Slab outgoing;
    private boolean segmenting;
    private boolean closing;
    private boolean unflushed;

    private UdpPort(int number, Channel channel, boolean segmenting, Slab outgoing) {
        this.number = number;
        this.channel = channel;
        this.segmenting = segmenting;
        this.outgoing = outgoing;
        address = (InetSocketAddress) channel.localAddress();
    }

    /**
     * Opens a socket.
     *
     * @param number its name in {@link dev.sluice.rudp.protocol.NetworkPath}
     * @param share several sockets may be bound to the address, each gets a part of the sources
     * @return fails with a {@link java.net.BindException} whose message names the address and the cause
     */
    static Future<UdpPort> open(EventLoops loops, EventLoop loop, InetSocketAddress address, int number, boolean share,
            Owner owner) {
        LoopMemory memory = LoopMemory.of(loops, loop);
        Promise<UdpPort> opened = loop.newPromise();
        boolean epoll = loops.transport() == Transport.EPOLL;
        Inbound inbound = new Inbound(owner);
        Bootstrap bootstrap = new Bootstrap().group(loop).channel(loops.datagram()).handler(inbound)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, QUEUE)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new DatagramReads(memory.incoming))
                .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER).option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER);
        if (share) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        bootstrap.bind(address).addListener((ChannelFuture bound) -> {
            if (!bound.isSuccess()) {
                opened.setFailure(BindFailures.explain(address, bound.cause()));
                return;
            }
            Channel channel = bound.channel();
            boolean segmenting = epoll && EpollDatagramChannel.isSegmentedDatagramPacketSupported();
            if (epoll) {
                set(channel, EpollChannelOption.UDP_GRO, true);
            }
            neverFragment(channel, loops.transport());
            UdpPort port = new UdpPort(number, channel, segmenting, memory.outgoing);
            inbound.port = port;
            channel.closeFuture().addListener(closed -> {
                if (!port.closing) {
                    owner.lost(port);
                }
            });
            if (!opened.trySuccess(port)) {
                port.close();
            }
        });
        return opened;
    }

    /** Or a datagram that is too large for the path would arrive in fragments, and the search for its MTU find what it does not carry. */
    private static void neverFragment(Channel channel, Transport transport) {
        if (transport == Transport.NIO) {
            set(channel, NioChannelOption.of(ExtendedSocketOptions.IP_DONTFRAGMENT), true);
        } else {
            set(channel, MTU_DISCOVER_V4, PMTUDISC_PROBE);
            set(channel, MTU_DISCOVER_V6, PMTUDISC_PROBE);
        }
    }

    /** Where the socket or the system has no such option, it stays as it is. */
    private static <T> void set(Channel channel, ChannelOption<T> option, T value) {
        try {
            channel.config().setOption(option, value);
        } catch (ChannelException | UnsupportedOperationException e) {
            log.debug("{} is not set: {}", option, e.toString());
        }
    }

    int number() {
        return number;
    }

    InetSocketAddress address() {
        return address;
    }

    /** Bytes of the socket's receive buffer that the system granted; doubled by Linux for its own use. */
    int receiveBuffer() {
        Integer size = channel.config().getOption(ChannelOption.SO_RCVBUF);
        return size == null ? 0 : size;
    }

    static int wantedBuffer() {
        return SOCKET_BUFFER;
    }

    boolean writable() {
        return channel.isWritable();
    }

    boolean open() {
        return channel.isOpen();
    }

    /** Queues a batch; {@link #flush} sends. */
    void send(DatagramBatch batch) {
        InetSocketAddress to = batch.path().remote();
        int length = batch.length();
        ByteBuf bytes = outgoing.take(length, channel.alloc()).writeBytes(batch.bytes(), 0, length);
        unflushed = true;
        if (batch.segments() == 1) {
            channel.write(new DatagramPacket(bytes, to), channel.voidPromise());
        } else if (segmenting) {
            channel.write(new SegmentedDatagramPacket(bytes, batch.segmentSize(), to), channel.voidPromise());
        } else {
            while (bytes.isReadable()) {
                ByteBuf one = bytes.readRetainedSlice(Math.min(batch.segmentSize(), bytes.readableBytes()));
                channel.write(new DatagramPacket(one, to), channel.voidPromise());
            }
            bytes.release();
        }
    }

    /** Queues one datagram. */
    void send(InetSocketAddress to, byte[] bytes, int length) {
        unflushed = true;
        channel.write(new DatagramPacket(outgoing.take(length, channel.alloc()).writeBytes(bytes, 0, length), to),
                channel.voidPromise());
    }

    void flush() {
        if (unflushed) {
            unflushed = false;
            channel.flush();
        }
    }

    Future<Void> close() {
        closing = true;
        return channel.close();
    }

    /** As if the system had taken the socket away. */
    void closeUnderneath() {
        channel.close();
    }

    private static final class Inbound extends ChannelInboundHandlerAdapter {
        private final Owner owner;
        @SuppressWarnings("NullAway.Init") // set when bound, before the first datagram
        private UdpPort port;

        Inbound(Owner owner) {
            this.owner = owner;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            try {
                if (port != null) {
                    owner.received(port, packet.sender(), packet.content());
                }
            } finally {
                packet.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            owner.readComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                owner.writableAgain();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof IOException) {
                // An ICMP error of some earlier datagram, or no route: loss, to the protocol. EIO: the device cannot segment.
                if (port != null && port.segmenting && String.valueOf(cause.getMessage()).contains("Input/output error")) {
                    port.segmenting = false;
                }
                log.debug("{}: {}", ctx.channel().localAddress(), cause.toString());
            } else {
                log.error("{}: a datagram was not taken", ctx.channel().localAddress(), cause);
            }
        }
    }
}
