package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class UdpFilterTableTest {
    private static final long SECOND = 1_000_000_000;
    private final UdpFilterTable table = new UdpFilterTable(Duration.ofMinutes(5), Duration.ofSeconds(15));

    private static Destination udp(String text) {
        return Destination.parse(Network.UDP, text);
    }

    private boolean lets(String source, long now) {
        return table.lets(udp(source), InetAddress::isLoopbackAddress, now);
    }

    @Test
    void anAddressLetsAllItsPortsIn() {
        table.sent(udp("192.0.2.1:5000"), 0);
        assertThat(lets("192.0.2.1:5000", 1)).isTrue();
        assertThat(lets("192.0.2.1:5001", 1)).isTrue();
        assertThat(lets("192.0.2.2:5000", 1)).isFalse();
        assertThat(lets("192.0.2.1:5000", 301 * SECOND)).isFalse();
    }

    @Test
    void aQueryForANameIsShort() {
        table.sent(udp("192.0.2.1:53"), 0);
        assertThat(lets("192.0.2.1:53", 15 * SECOND)).isTrue();
        assertThat(lets("192.0.2.1:53", 16 * SECOND)).isFalse();
    }

    @Test
    void aLaterShortUseDoesNotShortenALongOne() {
        table.sent(udp("192.0.2.1:5000"), 0);
        table.sent(udp("192.0.2.1:53"), SECOND);
        assertThat(lets("192.0.2.1:5000", 200 * SECOND)).isTrue();
    }

    @Test
    void aNameLetsInWhatItLedTo() {
        table.sent(udp("example.com:5000"), 0);
        assertThat(lets("127.0.0.1:5000", 1)).isTrue();
        assertThat(lets("127.0.0.1:5001", 1)).isFalse();
        assertThat(lets("192.0.2.1:5000", 1)).isFalse();
    }

    @Test
    void itIsBounded() {
        for (int i = 0; i < 3 * UdpFilterTable.MOST; i++) {
            table.sent(udp("10.0." + i / 256 + "." + i % 256 + ":9"), i);
        }
        assertThat(table.size()).isEqualTo(UdpFilterTable.MOST);
        assertThat(lets("10.0.0.0:9", 1)).isFalse();
    }
}
