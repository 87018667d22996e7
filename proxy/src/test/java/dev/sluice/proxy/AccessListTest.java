package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessListTest {
    @ParameterizedTest
    @CsvSource({"10.0.0.0/8,10.255.0.1,true", "10.0.0.0/8,11.0.0.1,false", "192.168.4.0/22,192.168.7.255,true",
            "192.168.4.0/22,192.168.8.0,false", "127.0.0.1,127.0.0.1,true", "127.0.0.1,127.0.0.2,false", "0.0.0.0/0,8.8.8.8,true",
            "0.0.0.0/0,::1,false", "2001:db8::/33,2001:db8:7fff::1,true", "2001:db8::/33,2001:db8:8000::1,false", "::1,::1,true",
            "::/0,2001:db8::1,true"})
    void contains(String network, String address, boolean contained) {
        assertThat(AccessList.parse(List.of(network)).contains(InetAddress.ofLiteral(address))).isEqualTo(contained);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.1/8", "example.com", "10.0.0/8", "::/129",
            "10.0.0.0/8x"})
    void saysWhatIsWrong(String entry) {
        assertThatThrownBy(() -> AccessList.parse(List.of(entry))).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + entry + "'");
    }

    @Test
    void anyAndNone() {
        assertThat(AccessList.ANY.contains(InetAddress.getLoopbackAddress())).isTrue();
        assertThat(AccessList.ANY.isAny()).isTrue();
        assertThat(AccessList.NONE.contains(InetAddress.getLoopbackAddress())).isFalse();
        assertThat(AccessList.NONE.isNone()).isTrue();
    }
}
