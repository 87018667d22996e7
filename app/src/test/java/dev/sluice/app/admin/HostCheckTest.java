package dev.sluice.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Host fields are answered. */
final class HostCheckTest {
    private final HostCheck hosts = new HostCheck(List.of("Admin.example"));

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:9088", "127.0.0.1:9088", "10.1.2.3", "[::1]:9088", "[::1]", "admin.example:1",
            "LOCALHOST"})
    void allowed(String host) {
        assertThat(hosts.allows(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "evil.com", "localhost.evil.com", "127.0.0.1.evil.com:80", "::1", "[evil]", "localhost:x",
            "127.0.0.1:80@evil.com"})
    void refused(String host) {
        assertThat(hosts.allows(host)).isFalse();
    }
}
