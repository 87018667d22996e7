package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The watches see what they are for. */
class WatchTest {

    @Test
    void leakWatchSeesEveryAllocator() {
        LeakWatch watch = new LeakWatch(Duration.ofMillis(50));
        watch.begin();
        ByteBuf pooled = ByteBufAllocator.DEFAULT.buffer(10);
        ByteBuf plain = Unpooled.directBuffer(10);
        assertThat(watch.live()).isEqualTo(2);
        pooled.release();
        assertThatThrownBy(watch::verify).isInstanceOf(AssertionError.class).hasMessageContaining("1 buffers not released")
                .hasMessageContaining("leakWatchSeesEveryAllocator");
        plain.release();
        assertThatCode(watch::verify).doesNotThrowAnyException();
    }

    @Test
    void logWatchFailsOnErrorsOnly() {
        LogWatch watch = new LogWatch();
        watch.begin();
        LoggerFactory.getLogger("test").warn("a warning of {}", "ours");
        assertThat(watch.messages(Level.WARN)).containsExactly("a warning of ours");
        LoggerFactory.getLogger("test").error("a fault");
        assertThatThrownBy(watch::verify).isInstanceOf(AssertionError.class).hasMessageContaining("a fault");
    }

    @Test
    void threadWatchSeesAThreadThatStays() throws InterruptedException {
        ThreadWatch watch = new ThreadWatch();
        watch.begin();
        Thread thread = Thread.ofPlatform().name("sluice-short").start(() -> {});
        assertThatCode(watch::verify).doesNotThrowAnyException();
        thread.join();
    }
}
