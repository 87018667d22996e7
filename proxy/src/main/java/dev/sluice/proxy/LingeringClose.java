package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.net.EndWatch;
import dev.sluice.net.Finish;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.time.Duration;

/**
 * Says a last word and closes, so that the word arrives: a socket that is closed with unread bytes in it sends a reset, which may
 * overtake what was written. So output ends first, and what still comes is thrown away, for a short while.
 *
 * <p>Belongs to the client's loop.
 */
public final class LingeringClose {
    private static final Duration LINGER = Duration.ofSeconds(2);

    private LingeringClose() {}

    /** Sends {@code answer} and closes the session. The handler that asks leaves the pipeline, or ignores what comes. */
    public static void after(ClientSession session, byte[] answer, CloseReason reason) {
        if (answer.length == 0) {
            session.scope().close(reason);
            return;
        }
        Channel channel = session.channel();
        channel.writeAndFlush(Unpooled.wrappedBuffer(answer));
        Finish.finish(channel).addListener(f -> {
            if (!f.isSuccess()) {
                session.scope().close(reason);
            }
        });
        session.closeWithin(LINGER, reason);
        EndWatch.install(channel, () -> session.scope().close(reason));
    }
}
