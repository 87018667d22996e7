package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.proxy.FirstByte.Begins;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstByteTest {
    @ParameterizedTest
    @ValueSource(chars = {'G', 'P', 'C', 'O', 'g', '!', '~', '0', '\r', '\n'})
    void http(char first) {
        assertThat(FirstByte.begins(first)).isEqualTo(Begins.HTTP);
    }

    @Test
    void socks() {
        assertThat(FirstByte.begins(4)).isEqualTo(Begins.SOCKS);
        assertThat(FirstByte.begins(5)).isEqualTo(Begins.SOCKS);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 6, 0x16, ' ', '(', '/', ':', '@', '[', '{', 0x7f, 0x80, 0xff})
    void nothing(int first) {
        assertThat(FirstByte.begins(first)).isEqualTo(Begins.NOTHING);
    }
}
