package dev.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ReadWatchTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final AtomicBoolean silent = new AtomicBoolean();
    private final ReadWatch watch = new ReadWatch(channel.eventLoop(), Duration.ofSeconds(40), () -> silent.set(true));

    private void after(int seconds) {
        for (int i = 0; i < seconds; i++) {
            channel.advanceTimeBy(1, TimeUnit.SECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    @Test
    void silenceIsNoticedNotBeforeTheLimitAndAQuarterOfItLaterAtMost() {
        watch.begin();
        after(33);
        watch.progress();
        after(39);
        assertThat(silent).isFalse();
        after(11);
        assertThat(silent).isTrue();
    }

    @Test
    void whoIsNotWaitedForMayBeSilent() {
        watch.begin();
        after(15);
        watch.end();
        after(100);
        watch.begin();
        after(39);
        assertThat(silent).isFalse();
        watch.stop();
        after(100);
        assertThat(silent).isFalse();
    }
}
