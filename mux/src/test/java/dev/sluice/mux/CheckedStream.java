package dev.sluice.mux;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReasons;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * A stream of a {@link CheckedSession} with its user, who reads only when told to and does one thing of his own when something comes. It
 * knows how far each side has come. Belongs to the thread of the test.
 */
final class CheckedStream extends MuxStream {
    /** What the user does, by itself, when bytes come. */
    enum Habit {
        NOTHING, ECHO, CLOSE, RESET, END_OUTPUT, END_INPUT, END_SESSION,
        /** Closes another stream, whatever it hears. */
        CLOSE_NEXT
    }

    private final CheckedSession session;
    private final Habit habit;
    /** Bytes that the peer sent, and that the user got. */
    private long arrived;
    private long read;
    /** Bytes that the user wrote, and that the session sent. */
    private long written;
    long sent;
    int credit = 50_000;
    boolean peerFinished;
    boolean outputEnded;
    boolean wasReset;
    boolean gone;
    /** How often it was said to rest. */
    int resting;
    private boolean inputDropped;
    private boolean endTold;
    private boolean inactive;
    /** When it was lost so that what had arrived is still read; -1 for not. */
    private long lostAt = -1;

    CheckedStream(CheckedSession session, int id, boolean carriesHalfClose, Habit habit) {
        super(session, id, carriesHalfClose);
        this.session = session;
        this.habit = habit;
    }

    ChannelInboundHandlerAdapter user() {
        return new User();
    }

    /** Byte number {@code at} of every stream, in both directions. */
    static byte content(long at) {
        return (byte) (at * 31 + (at >> 8));
    }

    /** The peer's next bytes, which get their content here. */
    ByteBuf number(ByteBuf bytes) {
        for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
            bytes.setByte(i, content(arrived + i - bytes.readerIndex()));
        }
        arrived += peerFinished ? 0 : bytes.readableBytes();
        return bytes;
    }

    void write(ByteBufAllocator allocator, int length) {
        ByteBuf bytes = allocator.buffer(Math.max(1, length));
        for (int i = 0; i < length; i++) {
            bytes.writeByte(content(written + i));
        }
        written += isOpen() && !isOutputShutdown() ? length : 0;
        writeAndFlush(bytes);
    }

    void dropInput() {
        inputDropped = true;
        shutdownInput();
    }

    /** It is about to be lost so that what had arrived can be read. */
    void losing() {
        lostAt = lostAt < 0 ? session.now : lostAt;
    }

    /** Bytes that came one step further so far. */
    long moved() {
        return arrived + read + sent;
    }

    /** Whether everything written is sent. */
    boolean isIdle() {
        return sent == written;
    }

    private final class User extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext c, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            int length = bytes.readableBytes();
            session.check(!endTold && !inactive, "bytes behind the end");
            while (bytes.isReadable()) {
                session.check(bytes.readByte() == content(read++), "the peer's bytes in order");
            }
            session.check(read <= arrived, "no more than the peer's bytes");
            bytes.release();
            switch (habit) {
                case ECHO -> write(c.alloc(), length);
                case CLOSE -> close();
                case RESET -> reset(CloseReason.cancelled("habit"));
                case END_OUTPUT -> shutdownOutput();
                case END_INPUT -> dropInput();
                case END_SESSION -> session.close(CloseReason.cancelled("habit"));
                default -> habitually();
            }
        }

        private void habitually() {
            if (habit == Habit.CLOSE_NEXT) {
                session.next(streamId()).ifPresent(MuxStream::close);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext c, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                session.check(!endTold && !inactive, "one end");
                session.check(inputDropped || (peerFinished && read == arrived), "the end behind all bytes");
                endTold = true;
                habitually();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
            session.check(!inactive && CloseReasons.classify(cause).kind() != Kind.FAULT, "no fault: " + cause);
            boolean patient = lostAt >= 0 && session.now - lostAt < CheckedSession.LIMITS.stall().toNanos();
            session.check(!patient || inputDropped || read == arrived, "the loss behind all bytes");
            habitually();
        }

        @Override
        public void channelInactive(ChannelHandlerContext c) {
            session.check(!inactive, "one close");
            inactive = true;
            habitually();
        }
    }
}
