package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.nio.AbstractNioChannel.NioUnsafe;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Whether the kernel still holds bytes of a socket on NIO. Java cannot ask how many, but a selector says whether a socket takes more,
 * and that depends on how large its send buffer may be: one that takes more although it may be as small as there are has next to
 * nothing left. Linux says so from two thirds of 4,608 bytes on, with what it needs for itself: one segment may still be under way. A
 * system that says it always knows no better.
 *
 * <p>The size is put back at once: a small one would hold up what is to be sent again. Opens and closes a selector, so not for a hot
 * path. On the channel's loop.
 */
final class NioSendBuffer {
    /** Every system makes of it the least that it can do. */
    private static final int SMALLEST = 2 * 1024;

    private NioSendBuffer() {}

    /** Whether at most one segment waits, or nothing can be found out: the socket is closed, or no selector is left. */
    static boolean nearlyEmpty(Channel channel) {
        if (!channel.isOpen() || !(channel.unsafe() instanceof NioUnsafe nio && nio.ch() instanceof SocketChannel socket)) {
            return true;
        }
        try {
            int size = socket.getOption(StandardSocketOptions.SO_SNDBUF);
            socket.setOption(StandardSocketOptions.SO_SNDBUF, SMALLEST);
            try (Selector selector = Selector.open()) {
                socket.register(selector, SelectionKey.OP_WRITE);
                return selector.selectNow() > 0;
            } finally {
                socket.setOption(StandardSocketOptions.SO_SNDBUF, size);
            }
        } catch (IOException e) {
            return true;
        }
    }
}
