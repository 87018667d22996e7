package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1", "127.255.255.255", "168.63.129.16", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.192",
            "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
            "240.0.0.1", "255.255.255.255", "::", "::1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "100::1", "100:0:0:1::1", "2001::1", "2001:2::1", "2001:10::1",
            "2001:2f:ffff::1", "2001:db8::1", "3fff:fff::1", "5f00::1", "2002:a00:1::1", "2002:7f00:1::", "2002:c0a8:101::1",
            "2001:0:808:808::f5ff:fffe", // Teredo, client 10.0.0.1
            "2001:0:a00:1::f7f7:f7f7", // Teredo, server 10.0.0.1
            "2600::5efe:10.0.0.1", "2600::200:5efe:192.168.0.1", "fc00::", "fd00:ec2::254", "fd20:ce::254", "fdff:ffff::1",
            "fe80::1",
            "fe80::1%1", "febf::1", "fec0::1", "feff::1", "ff02::1", "ff0e::1"})
    void notOfThePublicInternet(String text) {
        assertThat(Addresses.isPrivate(Addresses.parse(text))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.0", "168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.1",
            "192.88.99.1",
            "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7", "2001:4860:4860::8888",
            "2600::5efe:8.8.8.8", "2606:4700::1111", "fbff::1", "2001:30::1", "2001:db7::1", "4000::1", "5f01::1",
            "64:ff9b:2::1"})
    void public_(String text) {
        assertThat(Addresses.isPrivate(Addresses.parse(text))).isFalse();
    }

    @Test
    void readsAndPrintsLikeAnotherImplementation() throws UnknownHostException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        char[] alphabet = "0123456789abcfF::::..%".toCharArray();
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextBoolean() ? 4 : 16];
            for (int b = 0; b < bytes.length; b++) {
                bytes[b] = (byte) (random.nextInt(3) > 0 ? 0 : random.nextInt());
            }
            InetAddress address = Addresses.fromBytes(bytes);
            StringBuilder text = new StringBuilder(Addresses.print(address));
            assertThat(Addresses.parse(text.toString())).as("seed %d", seed).isEqualTo(address);
            assertThat(text).hasToString(NetUtil.toAddressString(address));
            for (int edits = random.nextInt(3); edits >= 0; edits--) { // nearly addresses
                int at = random.nextInt(text.length());
                text.setCharAt(at, alphabet[random.nextInt(alphabet.length)]);
            }
            agree(text.toString(), seed);
        }
    }

    private static void agree(String text, long seed) throws UnknownHostException {
        byte[] ours = new byte[16];
        if (text.indexOf('%') < 0 && Addresses.readIpv6(text, text.length(), ours)) {
            InetAddress theirs = InetAddress.getByName("[" + text + "]"); // in brackets it never resolves
            assertThat(Addresses.fromBytes(ours)).as("%s, seed %d", text, seed).isEqualTo(theirs);
        }
        if (Addresses.parseIpv4(text) != null) {
            assertThat(NetUtil.isValidIpV4Address(text)).as("%s, seed %d", text, seed).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"10.1.2.3/8, 10.0.0.0/8", "10.1.2.3, 10.1.2.3/32", "0.0.0.0/0, 0.0.0.0/0", "2001:db8::1/32, 2001:db8::/32",
            "::1, ::1/128", "::/0, ::/0", "::ffff:10.1.2.3/104, 10.0.0.0/8", "::ffff:10.1.2.3, 10.1.2.3/32",
            "::ffff:10.1.2.3/90, ::ffc0:0:0/90", "255.255.255.255/31, 255.255.255.254/31"})
    void blocks(String text, String canonical) {
        assertThat(Cidr.parse(text)).hasToString(canonical).isEqualTo(Cidr.parse(canonical));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129",
            "::/0000", "10/8", "10.0.0/8", "example.com", "example.com/8", "fe80::1%1/64", "[::1]/128", "1.2.3.4/99999999999"})
    void noBlocks(String text) {
        assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    void aBlockHoldsItsAddresses() {
        Cidr block = Cidr.parse("172.16.0.0/12");
        assertThat(block.contains(Addresses.parse("172.16.0.0"))).isTrue();
        assertThat(block.contains(Addresses.parse("172.31.255.255"))).isTrue();
        assertThat(block.contains(Addresses.parse("::ffff:172.20.1.1"))).isTrue();
        assertThat(block.contains(Addresses.parse("172.32.0.0"))).isFalse();
        assertThat(block.contains(Addresses.parse("2002:ac10::"))).isFalse();
        assertThat(Cidr.parse("::/0").contains(Addresses.parse("1.2.3.4"))).isFalse();
        assertThat(Cidr.parse("fe80::/10").contains(Addresses.parse("fe80::1%1"))).isTrue();
    }
}
