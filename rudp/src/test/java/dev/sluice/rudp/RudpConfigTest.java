package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What cannot be is refused where it is configured, by its name. */
class RudpConfigTest {
    private static void refused(String name, Consumer<RudpConfig.Builder> set) {
        RudpConfig.Builder builder = RudpConfig.builder();
        set.accept(builder);
        assertThatThrownBy(builder::build).isInstanceOf(IllegalArgumentException.class).hasMessageStartingWith(name + " is ");
    }

    @Test
    void negativeTimesAreRefused() {
        Duration negative = Duration.ofSeconds(-3);
        refused("idleTimeout", b -> b.idleTimeout(negative));
        refused("keepAlive", b -> b.keepAlive(negative));
        refused("handshakeTimeout", b -> b.handshakeTimeout(negative));
        refused("handshakeTimeout", b -> b.handshakeTimeout(Duration.ZERO));
        refused("linger", b -> b.linger(negative));
    }

    @Test
    void timesThatCannotBeCountedAreRefused() {
        Duration endless = Duration.ofDays(365_000);
        refused("idleTimeout", b -> b.idleTimeout(endless));
        refused("keepAlive", b -> b.keepAlive(endless));
        refused("handshakeTimeout", b -> b.handshakeTimeout(endless));
        refused("linger", b -> b.linger(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void theMessageSaysWhatWasGivenAndWhatMayBe() {
        assertThatThrownBy(() -> RudpConfig.builder().linger(Duration.ofSeconds(-3)).build())
                .hasMessage("linger is -3s: at least 0 ms, at most 36500 days");
    }

    @Test
    void zeroMeansNone() {
        RudpConfig config = RudpConfig.builder().idleTimeout(Duration.ZERO).keepAlive(Duration.ZERO).linger(Duration.ZERO)
                .build();
        assertThat(config.idleTimeout()).isZero();
    }
}
