package dev.sluice.rudp.protocol.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PacketOrderTest {
    private static final long MS = 1_000_000;
    private static final long ROUND_TRIP = 20 * MS;

    private final PacketOrder order = new PacketOrder();

    private void ack(long now, long... sentAt) {
        for (long each : sentAt) {
            order.onAcked(each * MS);
        }
        order.onAckEnd(now * MS, ROUND_TRIP);
    }

    @Test
    void whatComesInOrderOrTogetherOvertakesNothing() {
        ack(20, 1, 0, 2);
        ack(25, 5, 4, 3);
        order.onAckEnd(26 * MS, ROUND_TRIP);
        assertThat(order.overtaken()).isZero();
    }

    @Test
    void thePacketThatWasOvertakenMostTells() {
        ack(20, 0);
        ack(21, 10);
        ack(22, 2, 3);
        ack(23, 9);
        assertThat(order.overtaken()).isEqualTo(8 * MS);
    }

    @Test
    void itIsForgottenAfterSomeRoundTrips() {
        ack(20, 10);
        ack(21, 2);
        ack(1000, 990);
        assertThat(order.overtaken()).isEqualTo(8 * MS);
        ack(2000, 1990);
        assertThat(order.overtaken()).isZero();
    }
}
