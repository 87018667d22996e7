package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.Network;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnAddressesTest {
    private final OwnAddresses own = new OwnAddresses(
            () -> Set.of(InetAddress.ofLiteral("192.0.2.7"), InetAddress.ofLiteral("fe80::7%1")));

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    private boolean dials(String address, int port) {
        return own.contains(Network.TCP, at(address, port));
    }

    @Test
    void aListenerOnOneAddress() {
        own.add(Network.TCP, at("127.0.0.1", 8088));
        assertThat(dials("127.0.0.1", 8088)).isTrue();
        assertThat(dials("0.0.0.0", 8088)).as("the unspecified address means this machine").isTrue();
        assertThat(dials("::", 8088)).isTrue();
        assertThat(dials("127.0.0.2", 8088)).isFalse();
        assertThat(dials("192.0.2.7", 8088)).isFalse();
        assertThat(dials("127.0.0.1", 8089)).isFalse();
        assertThat(own.contains(Network.UDP, at("127.0.0.1", 8088))).isFalse();
    }

    @Test
    void aListenerOnEveryAddress() {
        own.add(Network.TCP, at("0.0.0.0", 8088));
        own.add(Network.TCP, at("::", 8089));
        for (int port : new int[]{8088, 8089}) {
            assertThat(dials("127.0.0.1", port)).isTrue();
            assertThat(dials("127.9.9.9", port)).isTrue();
            assertThat(dials("::1", port)).isTrue();
            assertThat(dials("192.0.2.7", port)).as("an address of this machine").isTrue();
            assertThat(dials("fe80::7%2", port)).as("whatever its zone").isTrue();
            assertThat(dials("192.0.2.8", port)).isFalse();
            assertThat(dials("8.8.8.8", port)).isFalse();
        }
    }

    @Test
    void aListenerThatIsGone() {
        own.add(Network.TCP, at("127.0.0.1", 8088));
        own.add(Network.TCP, at("127.0.0.1", 8088));
        own.remove(Network.TCP, at("127.0.0.1", 8088));
        assertThat(dials("127.0.0.1", 8088)).isTrue();
        own.remove(Network.TCP, at("127.0.0.1", 8088));
        assertThat(dials("127.0.0.1", 8088)).isFalse();
    }

    @Test
    void aNameIsNotJudged() {
        own.add(Network.TCP, at("0.0.0.0", 8088));
        assertThat(own.contains(Network.TCP, InetSocketAddress.createUnresolved("localhost", 8088))).isFalse();
    }
}
