package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {
    private static final InetAddress A = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress B = InetAddress.ofLiteral("10.0.0.2");

    @Test
    void totalAndPerSource() {
        ConnectionLimits limits = new ConnectionLimits(3, 2);
        assertThat(limits.enter()).isTrue();
        assertThat(limits.enter()).isTrue();
        assertThat(limits.enter()).isTrue();
        assertThat(limits.enter()).isFalse();
        limits.leave();
        assertThat(limits.enter()).isTrue();

        assertThat(limits.enter(A)).isTrue();
        assertThat(limits.enter(A)).isTrue();
        assertThat(limits.enter(A)).isFalse();
        assertThat(limits.enter(B)).isTrue();
        limits.leave(A);
        assertThat(limits.enter(A)).isTrue();
    }

    @Test
    void anIpv6SubscriberIsOneSource() {
        ConnectionLimits limits = new ConnectionLimits(0, 1);
        assertThat(limits.enter(InetAddress.ofLiteral("2001:db8::1"))).isTrue();
        assertThat(limits.enter(InetAddress.ofLiteral("2001:db8::ffff:1"))).isFalse();
        assertThat(limits.enter(InetAddress.ofLiteral("2001:db8:0:1::1"))).isTrue();
    }

    @Test
    void aSourceThatHasLeftIsForgotten() {
        ConnectionLimits limits = new ConnectionLimits(0, 5);
        limits.enter(A);
        limits.enter(B);
        limits.leave(A);
        assertThat(limits.sources()).isEqualTo(1);
        limits.leave(B);
        assertThat(limits.sources()).isZero();
    }

    @Test
    void noLimits() {
        ConnectionLimits limits = ConnectionLimits.none();
        for (int i = 0; i < 1000; i++) {
            assertThat(limits.enter() && limits.enter(A)).isTrue();
        }
        assertThat(limits.sources()).isZero();
    }

    @Test
    void theLimitHoldsAcrossThreads() throws InterruptedException {
        ConnectionLimits limits = new ConnectionLimits(50, 50);
        AtomicInteger entered = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 100; i++) {
                    if (limits.enter(A)) {
                        entered.incrementAndGet();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(entered.get()).isEqualTo(50);
    }
}
