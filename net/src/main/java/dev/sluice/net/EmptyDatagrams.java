package dev.sluice.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.nio.AbstractNioChannel.NioUnsafe;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
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
    final Channel channel;

    private EmptyDatagrams(Channel channel) {
        this.channel = channel;
    }

    /** For a channel of UDP; null where Netty sends empty datagrams. */
    static @Nullable EmptyDatagrams of(Channel channel) {
        if (channel instanceof EpollDatagramChannel) {
            return new Epoll(channel);
        }
        return channel.unsafe() instanceof NioUnsafe nio ? new Nio(channel, (DatagramChannel) nio.ch()) : null;
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
