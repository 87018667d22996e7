package dev.sluice.net;

import dev.sluice.core.Scope;
import dev.sluice.stream.Unread;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what a stream delivers while nobody reads it: the client's early bytes and early FIN while its target is dialled, the
 * target's first bytes before the relay stands. Every stream that is handed over has one at the end of its pipeline.
 *
 * <p>Auto-read off is no promise of silence: epoll reads on its own when the peer has sent FIN. So whatever comes is queued, in
 * order, events and errors included, and {@link #release} replays it to the handler that takes the stream over.
 *
 * <p>With a {@code limit} the hold itself asks for bytes until that many are kept, so that an early FIN or a reset is noticed on
 * every transport while the target is dialled; with 0 it asks for nothing.
 *
 * <p>Belongs to the channel's event loop.
 */
public final class ReadHold extends ChannelInboundHandlerAdapter {
    /** The name in the pipeline. */
    public static final String NAME = "hold";

    /** Hears that the peer has ended or lost the stream while it is held. */
    @FunctionalInterface
    public interface Watcher {
        /**
         * The peer's output has ended, in order or not.
         *
         * @param held bytes that came before the end
         * @param error how it was lost; null for an orderly end
         */
        void ended(int held, @Nullable Throwable error);
    }

    private int limit;
    private @Nullable Watcher watcher;
    private final ArrayDeque<Object> queue = new ArrayDeque<>(4); // ByteBuf, Failure, or an event
    private @Nullable ChannelHandlerContext ctx;
    private int held;
    private boolean inputEnded;
    private boolean inactive;
    private boolean released;
    private Scope.@Nullable Ownership ownership;

    private record Failure(Throwable cause) {}

    private ReadHold(int limit, @Nullable Watcher watcher) {
        this.limit = limit;
        this.watcher = watcher;
    }

    /**
     * Puts a hold at the end of the pipeline and stops auto-read. On the loop.
     *
     * @param limit how many bytes to ask for while held; 0 for none
     * @param watcher hears of an early end; null where nobody cares
     */
    public static ReadHold install(Channel channel, int limit, @Nullable Watcher watcher) {
        ReadHold hold = new ReadHold(limit, watcher);
        channel.config().setAutoRead(false);
        // While a hold is released into TLS there are two of them: the old one below, and the new one above.
        channel.pipeline().addLast(channel.pipeline().get(NAME) == null ? NAME : null, hold);
        if (limit > 0) {
            channel.read();
        }
        return hold;
    }

    /**
     * Lets {@code installer} put the successors at the end of the pipeline, replays to them what was kept, in order: bytes with a
     * {@code readComplete} after them, events, errors, {@code channelInactive} where the channel is closed; then the hold leaves.
     * Auto-read stays off: the successor decides. Works, too, on a channel that has no hold. On the loop.
     */
    public static void release(Channel channel, Consumer<ChannelPipeline> installer) {
        ReadHold hold = null;
        for (Map.Entry<String, ChannelHandler> entry : channel.pipeline()) {
            if (entry.getValue() instanceof ReadHold held && !held.released) {
                hold = held;
            }
        }
        installer.accept(channel.pipeline());
        if (hold != null) {
            hold.replay();
        }
    }

    /**
     * Until somebody takes the stream over, or it is closed, it belongs to {@code scope}: closing the scope closes the channel.
     * {@link #release} ends that, and from then on the successor owns the channel. On the loop.
     */
    public ReadHold ownedBy(Scope scope) {
        Channel channel = context().channel();
        ownership = scope.own(why -> channel.close());
        return this;
    }

    /**
     * From now on asks for bytes until {@code newLimit} are kept, and tells {@code newWatcher} of the end: at once where the peer has
     * ended already. On the loop.
     */
    public void watch(int newLimit, Watcher newWatcher) {
        limit = newLimit;
        watcher = newWatcher;
        if (ended()) {
            newWatcher.ended(held, lost());
        } else if (held < limit) {
            context().channel().read();
        }
    }

    private @Nullable Throwable lost() {
        for (Object item : queue) {
            if (item instanceof Failure failure) {
                return failure.cause;
            }
        }
        return null;
    }

    /** The hold of {@code channel}, which must have one. On the loop. */
    static ReadHold of(Channel channel) {
        return Objects.requireNonNull(channel.pipeline().get(ReadHold.class), "the channel has no hold");
    }

    /** Bytes kept so far. */
    public int held() {
        return held;
    }

    /** Whether the peer has ended or lost the stream. */
    public boolean ended() {
        return inputEnded || inactive;
    }

    /** A look at the bytes kept so far, for sniffing; the caller releases the copy-free view. */
    public ByteBuf peek() {
        ChannelHandlerContext c = context();
        CompositeByteBuf all = c.alloc().compositeBuffer(Math.max(2, queue.size()));
        for (Object item : queue) {
            if (item instanceof ByteBuf bytes) {
                all.addComponent(true, bytes.retainedSlice());
            }
        }
        return all;
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(ctx, "not in a pipeline");
    }

    private void replay() {
        released = true;
        ChannelHandlerContext c = context();
        boolean unflushed = false;
        for (Object item = queue.poll(); item != null; item = queue.poll()) {
            if (item instanceof ByteBuf bytes) {
                unflushed = true;
                c.fireChannelRead(bytes);
                continue;
            }
            if (unflushed) {
                unflushed = false;
                c.fireChannelReadComplete();
            }
            if (item instanceof Failure failure) {
                c.fireExceptionCaught(failure.cause);
            } else {
                c.fireUserEventTriggered(item);
            }
        }
        if (unflushed) {
            c.fireChannelReadComplete();
        }
        if (inactive) {
            c.fireChannelInactive();
        }
        if (!c.isRemoved()) {
            c.pipeline().remove(this);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        if (ownership != null) {
            ownership.release();
        }
        for (Object item = queue.poll(); item != null; item = queue.poll()) {
            ReferenceCountUtil.release(item);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        if (released) {
            c.fireChannelRead(message);
            return;
        }
        if (message instanceof ByteBuf bytes) {
            held += bytes.readableBytes();
        }
        queue.add(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        if (released) {
            c.fireChannelReadComplete();
        } else if (held < limit && !ended()) {
            c.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (released) {
            c.fireUserEventTriggered(event);
            return;
        }
        if (event instanceof Unread question) {
            question.add(held);
            return;
        }
        queue.add(event);
        if (event instanceof ChannelInputShutdownEvent) {
            ended(null);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        if (released) {
            c.fireExceptionCaught(cause);
            return;
        }
        queue.add(new Failure(cause));
        ended(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        if (released) {
            c.fireChannelInactive();
            return;
        }
        inactive = true;
        ended(null);
    }

    private void ended(@Nullable Throwable error) {
        if (!inputEnded) {
            inputEnded = true;
            if (watcher != null) {
                watcher.ended(held, error);
            }
        }
    }
}
