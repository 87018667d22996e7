package dev.sluice.net;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.unix.Errors;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Makes a socket on io_uring tell of every reset. Nearest to the socket of all handlers.
 *
 * <ul>
 * <li>The kernel reports a reset once, to whichever request it ends first. Where that is the send, the receive that ends after it
 * says 0 bytes, as at an orderly end, and a cut transfer would look complete. What the kernel thinks of the connection tells them
 * apart: closed on both sides, although we have not ended our output, is no orderly end. Nor is one after a send that failed.</li>
 * <li>After an orderly end of the input, Netty 4.2.18 hears of a reset only through its wait for room to send, and overlooks an answer
 * that says "error" alone. So the connection is looked at now and then as long as output goes on.</li>
 * </ul>
 */
final class UringMend extends ChannelDuplexHandler {
    private static final int TCP_CLOSE = 7; // netinet/tcp.h
    private static final int ECONNRESET = 104; // errno.h
    private static final long LOOK_MS = 250;

    private boolean sendFailed;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ctx.write(message, promise.unvoid().addListener(f -> {
            if (f.cause() instanceof Errors.NativeIoException) {
                sendFailed = true;
            }
        }));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            ctx.fireUserEventTriggered(event);
        } else if (sendFailed || isReset(ctx)) {
            fireReset(ctx);
        } else {
            ctx.fireUserEventTriggered(event);
            lookLater(ctx);
        }
    }

    private void lookLater(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> {
            if (isReset(ctx)) {
                fireReset(ctx);
            } else if (sends(ctx)) {
                lookLater(ctx);
            }
        }, LOOK_MS, TimeUnit.MILLISECONDS);
    }

    private static boolean sends(ChannelHandlerContext ctx) {
        IoUringSocketChannel channel = (IoUringSocketChannel) ctx.channel();
        return channel.isActive() && !channel.isOutputShutdown();
    }

    private static boolean isReset(ChannelHandlerContext ctx) {
        return sends(ctx) && ((IoUringSocketChannel) ctx.channel()).tcpInfo().state() == TCP_CLOSE;
    }

    /** Whoever hears it closes the channel, or keeps it for one who will. */
    private static void fireReset(ChannelHandlerContext ctx) {
        ctx.fireExceptionCaught(Errors.newIOException("io_uring read", -ECONNRESET));
    }
}
