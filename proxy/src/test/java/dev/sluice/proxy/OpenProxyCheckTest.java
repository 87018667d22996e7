package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.Policy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenProxyCheckTest {
    @ParameterizedTest
    @CsvSource({"127.0.0.1,false,false,false", "::1,false,false,false", "0.0.0.0,false,false,true", "::,false,false,true",
            "192.168.1.5,false,false,true", "0.0.0.0,true,false,false", "0.0.0.0,false,true,false"})
    void fault(String listen, boolean users, boolean allowFrom, boolean fault) {
        AccessList list = allowFrom ? AccessList.parse(List.of("10.0.0.0/8")) : AccessList.ANY;
        assertThat(OpenProxyCheck.fault(address(listen), users, list).isPresent()).isEqualTo(fault);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1,false,true", "0.0.0.0,false,false", "0.0.0.0,true,true"})
    void policy(String listen, boolean allowPrivate, boolean mayReachPrivate) {
        assertThat(OpenProxyCheck.policy(address(listen), allowPrivate, 5)).isEqualTo(new Policy(mayReachPrivate, 5));
    }

    private static InetSocketAddress address(String literal) {
        return new InetSocketAddress(InetAddress.ofLiteral(literal), 8088);
    }
}
