package dev.sluice.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/**
 * Sends datagrams without payload, which are packets like others: some protocols keep a path open with them. On epoll and NIO, Netty
 * 4.2.18 takes a write of no bytes for done and sends nothing, so they go to the socket itself, behind what was written before. On
 * io_uring Netty sends them.
 *
 * <p>Where the socket takes nothing at the moment, an empty datagram is dropped, it does not wait. One that the system itself drops
 * for want of room cannot be counted: it says 0 bytes either way.
 *
 * <p>Belongs to the loop of the channel.
 */
abstract sealed class EmptyDatagrams {
    private static final AttributeKey<DatagramChannel> NIO_SOCKET = AttributeKey.valueOf(EmptyDatagrams.class, "socket");

    final Channel channel;

    private EmptyDatagrams(Channel channel) {
        this.channel = channel;
    }

    /** Makes channels that {@link #of} knows. */
    static ChannelFactory<? extends Channel> channels(EventLoops loops) {
        return loops.transport() == Transport.NIO ? EmptyDatagrams::nio : new ReflectiveChannelFactory<>(loops.datagram());
    }

    /** A channel whose socket can be reached. */
    private static Channel nio() {
        try {
            DatagramChannel socket = SelectorProvider.provider().openDatagramChannel();
            Channel channel = new NioDatagramChannel(socket);
            channel.attr(NIO_SOCKET).set(socket);
            return channel;
        } catch (IOException e) {
            throw new ChannelException("opening a UDP socket: " + e.getMessage(), e);
        }
    }

    /** For one of {@link #channels}; null where Netty sends empty datagrams. */
    static @Nullable EmptyDatagrams of(Channel channel) {
        if (channel instanceof EpollDatagramChannel) {
            return new Epoll(channel);
        }
        DatagramChannel socket = channel.attr(NIO_SOCKET).get();
        return socket == null ? null : new Nio(channel, socket);
    }

    /**
     * Sends one, after what was written before, which is flushed.
     *
     * @return false where it was dropped
     */
    final boolean send(InetSocketAddress target) {
        channel.flush();
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        if (waiting == null || !waiting.isEmpty() || target.isUnresolved()) {
            return false;
        }
        try {
            sendNow(target, Unpooled.EMPTY_BUFFER.nioBuffer());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** The channel is open. */
    abstract void sendNow(InetSocketAddress target, ByteBuffer nothing) throws IOException;

    private static final class Epoll extends EmptyDatagrams {
        private Epoll(Channel channel) {
            super(channel);
        }

        @Override
        void sendNow(InetSocketAddress target, ByteBuffer nothing) throws IOException {
            ((Socket) ((UnixChannel) channel).fd()).sendTo(nothing, 0, 0, target.getAddress(), target.getPort());
        }
    }

    private static final class Nio extends EmptyDatagrams {
        private final DatagramChannel socket;

        private Nio(Channel channel, DatagramChannel socket) {
            super(channel);
            this.socket = socket;
        }

        @Override
        void sendNow(InetSocketAddress target, ByteBuffer nothing) throws IOException {
            socket.send(nothing, target);
        }
    }
}
