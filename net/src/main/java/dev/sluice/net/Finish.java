package dev.sluice.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.ArrayDeque;
import java.util.Map;

/**
 * Ends output, in the one right way.
 *
 * <p>{@code shutdownOutput} alone drops what is flushed but not yet written and knows nothing of TLS. Finishing waits for the
 * last write, then ends output as the channel can: close_notify where there is TLS, FIN on a socket, the stream's own end on a
 * {@link HalfCloseAware} stream. A channel that knows no half-close at all is closed.
 */
public final class Finish {
    private Finish() {}

    /**
     * Ends the output of {@code channel} after everything written so far. Input goes on where the channel can carry a half-close.
     * On the loop; harmless when done already.
     *
     * @return done when the end is on its way; fails where the channel was lost before
     */
    public static Future<Void> finish(Channel channel) {
        Promise<Void> done = channel.eventLoop().newPromise();
        if (outputEnded(channel)) {
            return done.setSuccess(null);
        }
        // Handlers below may hold bytes back; an empty write comes out behind them.
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                endTls(channel, tlsLayers(channel), done);
            } else {
                done.setFailure(written.cause());
            }
        });
        return done;
    }

    private static boolean outputEnded(Channel channel) {
        return !channel.isActive() || (channel instanceof DuplexChannel duplex && duplex.isOutputShutdown());
    }

    /** The TLS layers of the stream, the innermost (nearest to the application) first. */
    private static ArrayDeque<SslHandler> tlsLayers(Channel channel) {
        ArrayDeque<SslHandler> layers = new ArrayDeque<>(1);
        for (Map.Entry<String, ChannelHandler> entry : channel.pipeline()) {
            if (entry.getValue() instanceof SslHandler tls) {
                layers.addFirst(tls);
            }
        }
        return layers;
    }

    private static void endTls(Channel channel, ArrayDeque<SslHandler> layers, Promise<Void> done) {
        SslHandler tls = layers.poll();
        if (tls == null) {
            endStream(channel, done);
        } else {
            tls.closeOutbound().addListener(closed -> endTls(channel, layers, done));
        }
    }

    private static void endStream(Channel channel, Promise<Void> done) {
        Future<Void> end = channel instanceof DuplexChannel duplex ? duplex.shutdownOutput() : channel.close();
        end.addListener(ended -> {
            if (ended.isSuccess()) {
                done.setSuccess(null);
            } else {
                done.setFailure(ended.cause());
            }
        });
    }

    /**
     * Whether the channel can end its output and go on reading. TLS and streams whose end is a full close cannot: whoever relays
     * delays their end until the other direction has ended, or {@code linger} has passed.
     */
    public static boolean carriesHalfClose(Channel channel) {
        if (channel.pipeline().get(SslHandler.class) != null) {
            return false;
        }
        return channel instanceof HalfCloseAware stream ? stream.carriesHalfClose() : channel instanceof DuplexChannel;
    }

    /**
     * Closes so that the peer sees a reset and not an orderly end: what it got must not pass for complete. Bytes that are not yet
     * on their way are dropped. On the loop.
     *
     * @return done when the channel is closed
     */
    public static Future<Void> reset(Channel channel) {
        if (channel instanceof HalfCloseAware stream) {
            return stream.reset();
        }
        if (channel instanceof SocketChannel socket) {
            lingerZero(socket);
        }
        // From below the pipeline: SslHandler would send a close_notify first, which says "complete".
        ChannelHandlerContext first = channel.pipeline().firstContext();
        return first == null ? channel.close() : first.close();
    }

    private static void lingerZero(SocketChannel socket) {
        try {
            socket.config().setSoLinger(0);
        } catch (ChannelException e) {
            // It is closed already; there is nobody left to tell.
        }
    }
}
