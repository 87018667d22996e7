package dev.sluice.proxy;

import dev.sluice.net.ReadHold;
import dev.sluice.proxy.sniff.FirstBytes;
import dev.sluice.proxy.sniff.FirstBytes.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Learns the name of the server that a client means from its first bytes, TLS SNI or HTTP Host, for clients that name only an
 * address. The bytes stay in the {@link ReadHold}; what a client says in its own time is waited for 300 ms, because where the
 * server speaks first nothing comes.
 *
 * <p>Belongs to the client's loop.
 */
public final class Sniffer extends ChannelInboundHandlerAdapter {
    private static final Duration PATIENCE = Duration.ofMillis(300);

    private final ReadHold hold;
    private final Promise<String> name;
    private @Nullable ScheduledFuture<?> patience;

    private Sniffer(ReadHold hold, Promise<String> name) {
        this.hold = hold;
        this.name = name;
    }

    /**
     * Looks at what the channel's hold keeps and gets; the hold must be asking for bytes ({@link ReadHold#watch}). On the loop.
     *
     * @return never fails; empty where no name was found
     */
    public static Future<String> sniff(Channel channel) {
        ReadHold hold = Objects.requireNonNull(channel.pipeline().get(ReadHold.class), "no hold");
        Promise<String> name = channel.eventLoop().newPromise();
        Sniffer sniffer = new Sniffer(hold, name);
        if (!sniffer.look()) {
            sniffer.patience = channel.eventLoop().schedule(sniffer::giveUp, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
            channel.pipeline().addBefore(ReadHold.NAME, null, sniffer);
            name.addListener(f -> {
                Objects.requireNonNull(sniffer.patience).cancel(false);
                if (channel.pipeline().context(sniffer) != null) {
                    channel.pipeline().remove(sniffer);
                }
            });
        }
        return name;
    }

    private boolean look() {
        if (name.isDone()) {
            return true;
        }
        ByteBuf first = hold.peek();
        try {
            Verdict verdict = FirstBytes.look(first);
            if (verdict instanceof Verdict.Name found) {
                name.setSuccess(found.value());
            } else if (verdict instanceof Verdict.None || hold.ended()) {
                name.setSuccess("");
            }
        } finally {
            first.release();
        }
        return name.isDone();
    }

    private void giveUp() {
        name.trySuccess("");
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        look();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        ctx.fireUserEventTriggered(event);
        if (event instanceof ChannelInputShutdownEvent) {
            giveUp();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.fireExceptionCaught(cause);
        giveUp();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ctx.fireChannelInactive();
        giveUp();
    }
}
