package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Stands on one event loop for a channel that lives on another: the same bytes, ends and resets, carried over by two bounded
 * queues. A relay needs it where the session behind a stream has a loop of its own.
 *
 * <p>This object belongs to the near loop, {@link Far} to the far one; they share nothing but the two {@link LoopCrossing}s. A
 * write is done when it is in the queue: up to {@link #LIMIT} bytes more than the relay has counted may still be lost with the far
 * channel.
 */
final class CrossLoopStream extends StreamChannel {
    /** Bytes on the way, each direction. */
    static final int LIMIT = 512 * 1024;
    /** What had crossed before a loss waits so long for a reader who reads nothing, in nanoseconds. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

    private enum Mark {
        FINISH, RESET, FORGET, INPUT_ENDED
    }

    private record Lost(CloseReason reason) {}

    private final LoopCrossing out;
    private final LoopCrossing in;

    private CrossLoopStream(EventLoop near, Channel far, Far handler, boolean carriesHalfClose) {
        super(far, carriesHalfClose, LIMIT);
        this.out = new LoopCrossing(near, far.eventLoop(), LIMIT, new LoopCrossing.Ends() {
            @Override
            public void arrived(Object item) {
                handler.arrived(item);
            }

            @Override
            public void burstEnded() {
                far.flush();
            }

            @Override
            public void roomAgain() {
                sendMore();
            }
        });
        this.in = new LoopCrossing(far.eventLoop(), near, LIMIT, new LoopCrossing.Ends() {
            @Override
            public void arrived(Object item) {
                fromFar(item);
            }

            @Override
            public void burstEnded() {}

            @Override
            public void roomAgain() {
                handler.readMore();
            }
        });
    }

    /** Takes {@code far} over from its {@link ReadHold}; on the far loop. The stream that comes is to be registered on the near one. */
    static CrossLoopStream over(Channel far, EventLoop near) {
        Far handler = new Far(far);
        CrossLoopStream stream = new CrossLoopStream(near, far, handler, Finish.carriesHalfClose(far));
        handler.begin(stream);
        return stream;
    }

    private void fromFar(Object item) {
        switch (item) {
            case ByteBuf bytes -> received(bytes);
            case Lost lost -> lostBehind(lost.reason, PATIENCE);
            default -> peerFinished();
        }
    }

    @Override
    protected int sendWindow() {
        return out.room();
    }

    @Override
    protected void send(ByteBuf bytes) {
        out.put(bytes, bytes.readableBytes());
    }

    @Override
    protected void sendFlush() {
        out.wake();
    }

    @Override
    protected void sendFinish() {
        tellFar(Mark.FINISH);
    }

    @Override
    protected void sendReset(CloseReason reason) {
        tellFar(Mark.RESET);
    }

    @Override
    protected void forget(CloseReason reason) {
        tellFar(Mark.FORGET);
    }

    private void tellFar(Mark mark) {
        out.put(mark, 0);
        out.wake();
    }

    @Override
    protected void consumed(int bytes) {
        in.taken(bytes);
    }

    /** The end on the far loop: the last handler of the far channel. */
    private static final class Far extends ChannelInboundHandlerAdapter {
        private static final long FINISH_SECONDS = 30;

        private final Channel channel;
        private @Nullable LoopCrossing in;
        private @Nullable LoopCrossing out;
        private @Nullable Future<?> finishing;
        private boolean reading;
        private boolean ended;

        private Far(Channel channel) {
            this.channel = channel;
        }

        private void begin(CrossLoopStream stream) {
            in = stream.in;
            out = stream.out;
            ReadHold.release(channel, pipeline -> pipeline.addLast("relay", this));
            if (!channel.isActive()) {
                tellNear(Mark.INPUT_ENDED);
            }
            readMore();
        }

        private void arrived(Object item) {
            if (item instanceof ByteBuf bytes) {
                int size = bytes.readableBytes();
                channel.write(bytes).addListener(written -> {
                    if (written.isSuccess() && out != null) {
                        out.taken(size);
                    } else if (!written.isSuccess()) {
                        lost(written.cause());
                    }
                });
            } else if (item == Mark.FINISH) {
                finishing = Finish.finish(channel);
            } else if (item == Mark.RESET) {
                Finish.reset(channel);
            } else if (finishing != null) {
                finishing.addListener(f -> channel.close());
                channel.eventLoop().schedule(() -> channel.close(), FINISH_SECONDS, TimeUnit.SECONDS);
            } else {
                channel.close();
            }
        }

        private void readMore() {
            if (!reading && !ended && in != null && in.room() > 0) {
                reading = true;
                channel.read();
            }
        }

        private void tellNear(Object mark) {
            if (!ended && in != null) {
                ended = true;
                in.put(mark, 0);
                in.wake();
            }
        }

        private void lost(Throwable cause) {
            CloseReason why = CloseReasons.classify(cause);
            if (in != null) {
                ended = true;
                in.put(new Lost(why.by() == Side.PEER ? why.by(Side.TARGET) : why), 0);
                in.wake();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof ByteBuf bytes && !ended && in != null) {
                in.put(bytes, bytes.readableBytes());
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            reading = false;
            if (in != null) {
                in.wake();
            }
            readMore();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent || event == SslCloseCompletionEvent.SUCCESS) {
                tellNear(Mark.INPUT_ENDED);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            tellNear(Mark.INPUT_ENDED);
        }

        @Override
        @SuppressWarnings("deprecation") // so is the method that it overrides; errors of inbound handlers come here
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            lost(cause);
        }
    }
}
