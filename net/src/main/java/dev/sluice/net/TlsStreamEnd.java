package dev.sluice.net;

import dev.sluice.core.TlsTruncatedException;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;

/**
 * Stands above an {@link SslHandler} and makes the end of a TLS stream look like the end of any other. The peer's close_notify
 * becomes {@link ChannelInputShutdownEvent}. An end of the stream below without close_notify becomes {@link TlsTruncatedException}
 * and a close: what arrived may be cut short (RFC 8446 §6.1), and must not pass for complete.
 *
 * <p>Belongs to the channel's event loop.
 */
final class TlsStreamEnd extends ChannelDuplexHandler {
    private final SslHandler tls;
    private boolean ended;
    private boolean failed;
    private boolean closing;

    TlsStreamEnd(SslHandler tls) {
        this.tls = tls;
    }

    /** SslHandler tells of close_notify a task later than of the bytes before it; the end of the stream below may come in between. */
    private void endWhereNotified(ChannelHandlerContext c) {
        if (tls.handshakeFuture().isSuccess() && tls.engine().isInboundDone()) {
            end(c);
        }
    }

    private void end(ChannelHandlerContext c) {
        if (!ended && !failed) {
            ended = true;
            c.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        c.fireChannelReadComplete();
        if (!ended && !closing) {
            endWhereNotified(c);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof SslCloseCompletionEvent done) {
            if (done.isSuccess()) {
                end(c);
            } else {
                truncated(c);
            }
        } else if (event instanceof ChannelInputShutdownEvent) {
            // The stream below has ended. Its end says nothing about ours unless close_notify came before.
            endWhereNotified(c);
            if (ended) {
                c.fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
            } else {
                truncated(c);
                c.close();
            }
        } else if (!(event instanceof ChannelInputShutdownReadComplete)) {
            c.fireUserEventTriggered(event);
        }
    }

    private void truncated(ChannelHandlerContext c) {
        // Before the handshake is done it is the handshake that fails; after a reset that has been told.
        if (!ended && !failed && !closing && tls.handshakeFuture().isSuccess()) {
            failed = true;
            c.fireExceptionCaught(new TlsTruncatedException());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        failed = true;
        c.fireExceptionCaught(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        truncated(c);
        c.fireChannelInactive();
    }

    @Override
    public void close(ChannelHandlerContext c, ChannelPromise promise) {
        closing = true;
        c.close(promise);
    }
}
