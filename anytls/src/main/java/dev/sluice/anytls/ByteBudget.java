package dev.sluice.anytls;

import dev.sluice.anytls.AnyTlsUsers.Account;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Counts what one session carries, right above TLS, for its user, and ends it when he has had all that he may have.
 *
 * <p>Belongs to the session's loop.
 */
final class ByteBudget extends ChannelDuplexHandler {
    private final Account account;
    private final Runnable spent;

    /** {@code spent} is called when the bytes are used up; perhaps more than once. */
    ByteBudget(Account account, Runnable spent) {
        this.account = account;
        this.spent = spent;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        count(message);
        ctx.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        count(message);
        ctx.write(message, promise);
    }

    private void count(Object message) {
        if (message instanceof ByteBuf bytes && !account.carry(bytes.readableBytes())) {
            spent.run();
        }
    }
}
