package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {

    private static Destination parse(String text) {
        return Destination.parse(Network.TCP, text);
    }

    @ParameterizedTest
    @CsvSource({"example.com:80, example.com:80", "EXAMPLE.Com:80, example.com:80", "example.com.:80, example.com:80",
            "localhost:1, localhost:1", "_dmarc.x_y.example:65535, _dmarc.x_y.example:65535", "-a-.b:0080, -a-.b:80",
            "r3---sn-4g5e.googlevideo.com:443, r3---sn-4g5e.googlevideo.com:443", "1.2.3.4:5, 1.2.3.4:5", "1.2.3.4.:5, 1.2.3.4:5",
            "１.２.３.４:5, 1.2.3.4:5", "[::1]:80, [::1]:80", "[2001:DB8:0:0:1:0:0:1]:80, [2001:db8::1:0:0:1]:80",
            "[2001:db8:0:1:1:1:1:1]:80, [2001:db8:0:1:1:1:1:1]:80", "[1:2:3:4:5:6:7::]:80, [1:2:3:4:5:6:7:0]:80",
            "[::ffff:1.2.3.4]:80, 1.2.3.4:80", "[::ffff:102:304]:80, 1.2.3.4:80", "[64:ff9b::1.2.3.4]:80, [64:ff9b::102:304]:80",
            "[fe80::1%77]:80, [fe80::1%77]:80", "[fe80::1%2577]:80, [fe80::1%77]:80", "[fe80::1%25]:80, [fe80::1%25]:80",
            "[fe80::1%25251]:80, [fe80::1%25251]:80", "[fe80::1%0]:80, [fe80::1]:80", "münchen.de:80, xn--mnchen-3ya.de:80",
            "MÜNCHEN.DE:80, xn--mnchen-3ya.de:80", "faß.de:80, xn--fa-hia.de:80", "βόλος.com:80, xn--nxasmm1c.com:80",
            "日本語。jp:80, xn--wgv71a119e.jp:80", "例え.テスト:80, xn--r8jz45g.xn--zckzah:80", "i❤️.ws:80, xn--i-7iq.ws:80",
            "bücher.ⅷ.example:80, xn--bcher-kva.viii.example:80", "xn--mnchen-3ya.de:80, xn--mnchen-3ya.de:80",
            "0x.example:1, 0x.example:1",
            "1.2.3.4.5a:1, 1.2.3.4.5a:1", "0xg:1, 0xg:1"})
    void readsAndPrintsEveryLegalForm(String text, String canonical) {
        Destination destination = parse(text);
        assertThat(destination).hasToString(canonical);
        assertThat(parse(destination.toString())).isEqualTo(destination);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"''|no port", "example.com|no port", "[::1]|no port", "example.com:|port \"\"",
            "example.com:0|1..65535", "example.com:65536|1..65535", "example.com:+80|1..65535", "example.com:-1|1..65535",
            "example.com: 80|1..65535", "example.com:8o|1..65535", "example.com:99999999999999999999|1..65535",
            "example.com:８０|1..65535", ":80|is empty", ".:80|is empty", "a..b:80|empty label", ".a:80|empty label",
            "..:80|empty label", "a b:80|U+0020", "a\tb:80|U+0009", "*.example:80|'*'", "a/b:80|'/'", "a%2e:80|'%'",
            "[example.com]:80|only those stand in brackets", "[1.2.3.4]:80|only those stand in brackets",
            "[::1:80|without a closing one",
            "[::1]80|after its closing bracket", "[::1]x:80|after its closing bracket", "::1:80|stands in brackets",
            "1:2:3|stands in brackets", "127.1:80|looks like an IPv4 address", "127.0.1:80|looks like",
            "0x7f000001:80|looks like",
            "0x7f.1:80|looks like", "2130706433:80|looks like", "017700000001:80|looks like", "0177.0.0.1:80|looks like",
            "127.0.0.01:80|looks like", "1.2.3.256:80|looks like", "1.2.3.4.5:80|looks like", "foo.1:80|looks like",
            "foo.0x:80|looks like", "foo.0X1F.:80|looks like", "１２７.１:80|looks like", "127。1:80|looks like",
            "[1::2::3]:80|not an IPv6", "[1:2:3:4:5:6:7:8:9]:80|not an IPv6", "[1:2:3:4:5:6:7]:80|not an IPv6",
            "[1:2:3:4::5:6:7:8]:80|not an IPv6", "[:1::2]:80|not an IPv6", "[1::2:]:80|not an IPv6", "[12345::]:80|not an IPv6",
            "[:::]:80|not an IPv6", "[::1.2.3]:80|not an IPv6", "[::1.2.3.4:5]:80|not an IPv6", "[::g]:80|not an IPv6",
            "[1:2:3:4:5:6:7:1.2.3.4]:80|not an IPv6", "[fe80::1%]:80|the zone", "[fe80::1%nosuchzone]:80|not an interface",
            "[fe80::1%a b]:80|the zone", "[::1%1]:80|only a link-local", "[::ffff:1.2.3.4%1]:80|only a link-local",
            "[2600::1%1]:80|only a link-local", "a\u0301\u200b／b:80|'/'", "\u0301a:80|combining mark", "a\ue000:80|U+E000",
            "a\u202e:80|U+202E"})
    void refusesTheRestAndSaysWhy(String text, String why) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(InvalidDestinationException.class).hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "a\0.example", "a\r\nb", "a\u007f", "ä\0"})
    void refusesControlCharactersAndDoesNotPrintThem(String host) {
        assertThatThrownBy(() -> Destination.of(Network.TCP, host, 80)).isInstanceOf(InvalidDestinationException.class)
                .hasMessageMatching("[ -~]*");
    }

    @Test
    void namesAndLabelsHaveTheLengthsOfDns() {
        String label = "a".repeat(63);
        String longest = String.join(".", label, label, label, "b".repeat(61));
        assertThat(parse(longest + ".:1").host().toString()).hasSize(253);
        assertThatThrownBy(() -> parse(longest + "b:1")).isInstanceOf(InvalidDestinationException.class)
                .hasMessageContaining("254");
        assertThatThrownBy(() -> parse(label + "a.b:1")).isInstanceOf(InvalidDestinationException.class)
                .hasMessageContaining("a label of 64");
        assertThatThrownBy(() -> parse("ü".repeat(60) + ".ü".repeat(500_000) + ":1"))
                .isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> parse("ü".repeat(64) + ":1")).isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    void aPasswordInTheWrongPlaceIsNotRepeated() {
        assertThatThrownBy(() -> parse("joe:secret@example.com:80")).isInstanceOf(InvalidDestinationException.class)
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> parse("secret@example.com:80")).isInstanceOf(InvalidDestinationException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void anAddressIsNoName() {
        assertThatThrownBy(() -> new Host.Name("127.0.0.1")).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> new Host.Name("127.1")).isInstanceOf(InvalidDestinationException.class);
        assertThat(new Host.Name("ExAmPle.").value()).isEqualTo("example");
    }

    @Test
    void zonesTellAddressesApart() {
        assertThat(Host.parse("fe80::1%1")).isNotEqualTo(Host.parse("fe80::1%2")).isNotEqualTo(Host.parse("fe80::1"))
                .isEqualTo(Host.parse("[fe80::1%251]"));
        assertThat(Host.parse("fe80::1%lo")).isEqualTo(Host.parse("fe80::1%1")).hasToString("fe80::1%1");
    }

    @Test
    void defaultPort() {
        assertThat(Destination.parse(Network.TCP, "example.com", 80)).hasToString("example.com:80");
        assertThat(Destination.parse(Network.TCP, "[::1]", 80)).hasToString("[::1]:80");
        assertThat(Destination.parse(Network.TCP, "[::1]:81", 80)).hasToString("[::1]:81");
        assertThatThrownBy(() -> Destination.parse(Network.TCP, "a:", 80)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> Destination.parse(Network.TCP, "a", 0)).isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    void socketAddresses() throws UnknownHostException {
        InetSocketAddress name = InetSocketAddress.createUnresolved("Example.com", 80);
        assertThat(Destination.of(Network.UDP, name)).hasToString("example.com:80");
        assertThat(Destination.of(Network.UDP, name).toSocketAddress())
                .isEqualTo(InetSocketAddress.createUnresolved("example.com", 80));
        assertThat(Destination.of(Network.UDP, name).address()).isNull();
        InetAddress address = InetAddress.getByAddress("somewhere", new byte[]{1, 2, 3, 4});
        Destination resolved = Destination.of(Network.TCP, new InetSocketAddress(address, 80));
        assertThat(resolved).hasToString("1.2.3.4:80").isEqualTo(parse("1.2.3.4:80"));
        assertThat(resolved.address()).isInstanceOf(Inet4Address.class);
        assertThatThrownBy(() -> Destination.of(Network.TCP, new InetSocketAddress(address, 0)))
                .isInstanceOf(InvalidDestinationException.class);
    }
}
