package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nobody waits for ever for what a loop was to do. */
class OnLoopTest {
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final Promise<Void> result = loop.newPromise();

    @AfterEach
    void endLoop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void whoWaitsHearsWhatTheTaskThrows() throws Exception {
        RuntimeException thrown = new IllegalStateException("a fault");
        OnLoop.run(loop, result, () -> new IOException("closed"), () -> {
            throw thrown;
        });
        assertThat(result.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(result.cause()).isSameAs(thrown);
    }

    @Test
    void whoWaitsHearsThatTheLoopHasEnded() {
        endLoop();
        OnLoop.run(loop, result, () -> new IOException("closed"), () -> result.trySuccess(null));
        assertThat(result.cause()).hasMessage("closed");
        assertThat(OnLoop.run(loop, () -> {})).isFalse();
    }
}
