package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnyTlsUriTest {
    private static final String PIN = "sha256:" + "ab".repeat(32);

    @Test
    void everyPart() {
        AnyTlsUri uri = AnyTlsUri.parse("anytls://p%40ss%3Aw%C3%B6rd@[2001:db8::1]:8443/?sni=example.net&insecure=1&pin=" + PIN
                + "&ca=%2Fetc%2Fca.pem&fp=chrome#my%20server");
        assertThat(uri.password()).isEqualTo("p@ss:wörd");
        assertThat(uri.server()).hasToString("[2001:db8::1]:8443");
        assertThat(uri.sni()).isEqualTo("example.net");
        assertThat(uri.insecure()).isTrue();
        assertThat(uri.pin()).hasToString(PIN);
        assertThat(uri.ca()).isEqualTo("/etc/ca.pem");
        assertThat(uri.others()).isEqualTo(Map.of("fp", "chrome"));
        assertThat(uri.remark()).isEqualTo("my server");
    }

    @Test
    void whatIsLeftOut() {
        AnyTlsUri uri = AnyTlsUri.parse("AnyTLS://example.net");
        assertThat(uri.server()).hasToString("example.net:443");
        assertThat(uri.password()).isEmpty();
        assertThat(uri.sni()).isNull();
        assertThat(uri.insecure()).isFalse();
        assertThat(AnyTlsUri.parse("anytls://x@example.net/?sni=&insecure=0").sni()).isNull();
        assertThat(AnyTlsUri.parse("anytls://file:/run/pw@example.net:1").password()).isEqualTo("file:/run/pw");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anytls://secret@example.net/", "anytls://a%2Fb%3Fc%23d%40e%25f%20:@example.net:8443/",
            "anytls://p@[fe80::1]/?sni=a.b",
            "anytls://p@192.0.2.1:1/?pin=sha256:abababababababababababababababababababababababababababababababab",
            "anytls://p@h/?ca=%2Fx%20y&insecure=1&x=%26&y=#n%C3%A4me", "anytls://h/"})
    void whatIsPrintedIsWhatWasRead(String text) {
        assertThat(AnyTlsUri.parse(text).print()).isEqualTo(text);
        assertThat(AnyTlsUri.parse(AnyTlsUri.parse(text).print())).isEqualTo(AnyTlsUri.parse(text));
    }

    @Test
    void faultsNeverShowThePassword() {
        for (String text : new String[]{"anytls://hunter2@exa mple", "anytls://hunter2@example.net:70000",
                "anytls://hunter2%zz@example.net", "anytls://hunter2@example.net/path", "anytls://hunter2@h/?insecure=maybe",
                "anytls://hunter2@h/?pin=x", "anytls://hunter2@h/?sni=a&sni=b", "anytls://hunter2%ff@h", "http://hunter2@h"}) {
            assertThatThrownBy(() -> AnyTlsUri.parse(text)).as(text).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("hunter2");
        }
        assertThat(AnyTlsUri.parse("anytls://hunter2@h").toString()).isEqualTo("anytls://***@h:443");
    }
}
