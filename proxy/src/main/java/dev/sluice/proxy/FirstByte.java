package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.InboundObserver.Refusal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/** Tells protocols apart by the first byte, without taking it. Belongs to the client's loop. */
final class FirstByte extends ChannelInboundHandlerAdapter {

    /** What a byte begins. */
    enum Begins {
        SOCKS, HTTP, NOTHING
    }

    private final ClientSession session;
    private final ClientProtocol http;
    private final ClientProtocol socks;
    private boolean detected;

    private FirstByte(ClientSession session, ClientProtocol http, ClientProtocol socks) {
        this.session = session;
        this.http = http;
        this.socks = socks;
    }

    static void detect(ClientSession session, ClientProtocol http, ClientProtocol socks) {
        FirstByte detector = new FirstByte(session, http, socks);
        ReadHold.release(session.channel(), pipeline -> pipeline.addLast(detector));
        if (!detector.detected) {
            session.channel().read();
        }
    }

    /** SOCKS begins with its version; HTTP with a method, which is a token (RFC 9110 §5.6.2), or with an empty line (RFC 9112 §2.2). */
    static Begins begins(int octet) {
        if (octet == 4 || octet == 5) {
            return Begins.SOCKS;
        }
        boolean letterOrDigit = within(octet, 'A', 'Z') || within(octet, 'a', 'z') || within(octet, '0', '9');
        boolean other = octet > 0 && "!#$%&'*+-.^_`|~\r\n".indexOf(octet) >= 0;
        return letterOrDigit || other ? Begins.HTTP : Begins.NOTHING;
    }

    private static boolean within(int octet, char first, char last) {
        return octet >= first && octet <= last;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (detected) {
            ctx.fireChannelRead(message);
            return;
        }
        ByteBuf bytes = (ByteBuf) message;
        if (!bytes.isReadable()) {
            bytes.release();
            return;
        }
        int first = bytes.getUnsignedByte(bytes.readerIndex());
        detected = true;
        switch (begins(first)) {
            case HTTP -> leaveTo(ctx, bytes, http);
            case SOCKS -> leaveTo(ctx, bytes, socks);
            case NOTHING -> {
                bytes.release();
                session.refuse(Refusal.GARBAGE,
                        CloseReason.of(Kind.PROTOCOL, Side.CLIENT, "first byte 0x" + Integer.toHexString(first)
                                + " begins neither SOCKS nor HTTP, offset 0"));
            }
        }
    }

    private void leaveTo(ChannelHandlerContext ctx, ByteBuf bytes, ClientProtocol protocol) {
        ReadHold.install(ctx.channel(), 0, null);
        ctx.fireChannelRead(bytes);
        // The protocol takes over when this burst is read: its hold then has all of it, in order.
        ctx.executor().execute(() -> {
            ctx.pipeline().remove(this);
            if (session.scope().isOpen()) {
                protocol.take(session);
            }
        });
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (detected) {
            ctx.fireChannelReadComplete();
        } else {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!detected && event instanceof ChannelInputShutdownEvent) {
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (detected) {
            ctx.fireExceptionCaught(cause);
        } else {
            ctx.close();
        }
    }
}
