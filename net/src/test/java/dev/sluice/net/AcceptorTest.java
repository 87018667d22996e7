package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.core.Scope;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What happens when the system has no descriptor left for one more client. */
class AcceptorTest {
    private final EventLoops loops = EventLoops.create(Transport.NIO, 1);
    private final Scope scope = Scope.root("test", loops.next());
    private final EmbeddedChannel listening = new EmbeddedChannel(
            new Acceptor(LoopLoad.of(loops, loops.next()), loop -> scope, (channel, s) -> {}));
    private final Logger logger = (Logger) LoggerFactory.getLogger(Acceptor.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        listening.freezeTime();
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
    }

    @AfterEach
    void close() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
        listening.close();
        loops.close();
    }

    private void fail() {
        listening.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    }

    private void pass(long millis) {
        listening.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        listening.runScheduledPendingTasks();
    }

    @Test
    void pausesLongerEachTimeAndSaysSoOnce() {
        for (long pause : new long[]{50, 100, 200, 400, 800, 1000, 1000}) {
            fail();
            assertThat(listening.config().isAutoRead()).isFalse();
            pass(pause - 1);
            assertThat(listening.config().isAutoRead()).isFalse();
            pass(1);
            assertThat(listening.config().isAutoRead()).isTrue();
        }
        assertThat(lines.list).hasSize(1);
        assertThat(lines.list.getFirst().getLevel()).isEqualTo(Level.WARN);
        assertThat(lines.list.getFirst().getFormattedMessage()).contains("cannot accept connections", "Too many open files");
    }
}
