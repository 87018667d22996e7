package dev.sluice.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ConnectFailedException.Failure;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxyStatusTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"502 | far; error=connection_refused | REFUSED", "502 | | UPSTREAM",
            "504 | a;  error=connection_timeout, b; error=dns_error | TIMEOUT", "504 | | TIMEOUT", "403 | | UPSTREAM",
            "407 | | UPSTREAM_AUTH", "403 | far; error=http_request_denied; details=no | BLOCKED",
            "502 | far; error=dns_error; rcode=\"NXDOMAIN\" | NAME_NOT_RESOLVED", "502 | far; error=dns_error | DNS_ERROR",
            "502 | far; error=destination_ip_unroutable | HOST_UNREACHABLE", "502 | far; error=something_new | UPSTREAM",
            "508 | far; error=proxy_loop_detected | LOOP", "502 | error=connection_refused | UPSTREAM"})
    void saysWhatHappened(int status, @Nullable String field, Failure failure) {
        assertThat(ProxyStatus.failure(status, field)).isEqualTo(failure);
    }
}
