package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WriteWatchTest {
    private static final int RATE_LIMIT_BIT = 9;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final AtomicBoolean stalled = new AtomicBoolean();
    private final WriteWatch watch = new WriteWatch(channel, Duration.ofSeconds(30), () -> stalled.set(true));

    private ChannelOutboundBuffer buffer() {
        return Objects.requireNonNull(channel.unsafe().outboundBuffer());
    }

    private void after(int seconds) {
        for (int i = 0; i < 2 * seconds; i++) {
            channel.advanceTimeBy(500, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    @Test
    void bytesThatARateLimitHoldsBackAreNoStall() {
        buffer().setUserDefinedWritability(RATE_LIMIT_BIT, false);
        watch.begin();
        after(31);
        after(31);
        assertThat(stalled).isFalse();
        channel.finishAndReleaseAll();
    }

    @Test
    void aPeerThatTakesNothingIs() {
        buffer().setUserDefinedWritability(RATE_LIMIT_BIT, false);
        channel.write(Unpooled.wrappedBuffer(new byte[10]));
        watch.begin();
        after(29);
        assertThat(stalled).isFalse();
        after(2);
        assertThat(stalled).isTrue();
        channel.finishAndReleaseAll();
    }
}
