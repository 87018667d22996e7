package dev.sluice.net;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.Errors;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands accepted sockets to their loops. Where the system has no descriptor left, the sockets wait in the kernel's queue and
 * asking again at once would only burn a core: so it pauses, longer each time.
 *
 * <p>Belongs to the loop of the listening socket.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

    private static final int ECONNABORTED = -103;
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    /** Failures closer together than this are one episode, and one line in the log. */
    private static final Duration EPISODE = Duration.ofSeconds(30);

    private final List<LoopLoad> loops;
    private final Function<EventLoop, Scope> scopes;
    private final Listener.Handler handler;
    private boolean paused;
    private boolean failedBefore;
    private long failedNanos;
    private Duration pause = SHORTEST_PAUSE;

    /** {@code loops}: the one that accepts first. */
    Acceptor(List<LoopLoad> loops, Function<EventLoop, Scope> scopes, Listener.Handler handler) {
        this.loops = loops;
        this.scopes = scopes;
        this.handler = handler;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel child = (Channel) message;
        LoopLoad load = LoopLoad.least(loops);
        try {
            SocketOptions.apply(child);
        } catch (ChannelException e) { // the client is gone already, and some systems say so here
            child.unsafe().closeForcibly();
            return;
        }
        pause = SHORTEST_PAUSE;
        load.count(child);
        child.pipeline().addLast(new Arrival(scopes.apply(load.loop()), handler));
        load.loop().register(child).addListener(f -> {
            if (!f.isSuccess()) {
                child.unsafe().closeForcibly();
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (paused || (cause instanceof Errors.NativeIoException e && e.expectedErr() == ECONNABORTED)) {
            return;
        }
        long now = System.nanoTime();
        if (!failedBefore || now - failedNanos > EPISODE.toNanos()) {
            log.warn("{} cannot accept connections and tries again: {}", ctx.channel().localAddress(), cause.toString());
        }
        failedBefore = true;
        failedNanos = now;
        paused = true;
        ctx.channel().config().setAutoRead(false);
        ctx.executor().schedule(() -> {
            paused = false;
            ctx.channel().config().setAutoRead(true);
        }, pause.toNanos(), TimeUnit.NANOSECONDS);
        Duration longer = pause.multipliedBy(2);
        pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
    }

    /** Waits for its channel to be ready on its loop, then leaves. */
    private static final class Arrival extends ChannelInboundHandlerAdapter {
        private final Scope connections;
        private final Listener.Handler handler;

        private Arrival(Scope connections, Listener.Handler handler) {
            this.connections = connections;
            this.handler = handler;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            channel.pipeline().remove(this);
            Scope scope = connections.child("connection");
            Scope.Ownership ownership = scope.own(why -> channel.close());
            channel.closeFuture().addListener(f -> ownership.release());
            if (!scope.isOpen()) {
                return;
            }
            try {
                handler.accepted(channel, scope);
            } catch (RuntimeException | Error e) { // one connection's fault must not reach the loop
                CloseReason reason = CloseReasons.classify(e);
                log.atLevel(reason.level()).setCause(e).log("a new connection from {} is closed", channel.remoteAddress());
                scope.close(reason);
            }
        }
    }
}
