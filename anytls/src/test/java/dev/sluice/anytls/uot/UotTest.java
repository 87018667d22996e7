package dev.sluice.anytls.uot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.anytls.uot.UotDatagrams.Datagram;
import dev.sluice.anytls.uot.UotDatagrams.Dialect;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UotTest {
    private static final Destination DNS = Destination.of(Network.UDP, "8.8.8.8", 53);

    static ByteBuf hex(String... parts) {
        return Unpooled.copiedBuffer(ByteBufUtil.decodeHexDump(String.join("", parts).replace(" ", "")));
    }

    private static Destination udp(String host, int port) {
        return Destination.of(Network.UDP, host, port);
    }

    /** Everything that can be read, as text. */
    private static List<String> readAll(UotDatagrams datagrams, ByteBuf in) throws ProtocolException {
        List<String> all = new ArrayList<>();
        readAll(datagrams, in, all);
        return all;
    }

    static void readAll(UotDatagrams datagrams, ByteBuf in, List<String> all) throws ProtocolException {
        for (Datagram next = datagrams.read(in); next != null; next = datagrams.read(in)) {
            all.add(next.peer() + " " + next.payload().toString(StandardCharsets.ISO_8859_1));
            next.payload().release();
        }
    }

    private static String written(UotDatagrams datagrams, Destination peer, String payload) {
        ByteBuf out = Unpooled.buffer();
        datagrams.writeHeader(out, peer, payload.length());
        assertThat(out.readableBytes()).isEqualTo(datagrams.headerLength(peer));
        out.writeCharSequence(payload, StandardCharsets.ISO_8859_1);
        return ByteBufUtil.hexDump(out);
    }

    @Test
    void goldenBytesOfAPacketAssociation() throws Exception {
        ByteBuf in = hex("00 01 08080808 0035", "00 08080808 0035 0004 70696e67");
        UotRequest request = Objects.requireNonNull(UotRequest.read(in));
        assertThat(request).isEqualTo(new UotRequest(false, SocksAddress.of(DNS)));
        assertThat(readAll(UotDatagrams.learning(request.target()), in)).containsExactly("8.8.8.8:53 ping");

        ByteBuf out = Unpooled.buffer();
        new UotRequest(false, SocksAddress.of(DNS)).write(out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0001080808080035");
        assertThat(written(UotDatagrams.addressed(Dialect.SING), DNS, "ping")).isEqualTo("000808080800350004" + "70696e67");
    }

    @Test
    void goldenBytesOfAConnectedAssociation() throws Exception {
        ByteBuf in = hex("01 01 08080808 0035", "0004 70696e67");
        UotRequest request = Objects.requireNonNull(UotRequest.read(in));
        assertThat(request.connect()).isTrue();
        assertThat(readAll(UotDatagrams.connected(DNS), in)).containsExactly("8.8.8.8:53 ping");
        assertThat(written(UotDatagrams.connected(DNS), DNS, "ping")).isEqualTo("000470696e67");
    }

    @Test
    void allKindsOfAddressesInBothDialects() throws Exception {
        for (Dialect dialect : Dialect.values()) {
            for (Destination peer : List.of(DNS, udp("2001:db8::1", 443), udp("example.com", 65_535))) {
                ByteBuf in = hex(written(UotDatagrams.addressed(dialect), peer, "x"));
                assertThat(readAll(UotDatagrams.addressed(dialect), in)).containsExactly(peer + " x");
            }
        }
    }

    @Test
    void theDialectOfThePeerIsLearnedAndSpoken() throws Exception {
        Destination name = udp("example.com", 53);
        Destination six = udp("2001:db8::1", 53);
        learns(Dialect.SING, null, name);
        learns(Dialect.SING, null, six);
        learns(Dialect.SING, DNS, DNS);
        learns(Dialect.SING, DNS, six);
        learns(Dialect.SOCKS, null, name);
        learns(Dialect.SOCKS, null, six);
        learns(Dialect.SOCKS, DNS, DNS);
    }

    private static void learns(Dialect dialect, @Nullable Destination requested, Destination first) throws Exception {
        UotDatagrams learning = UotDatagrams.learning(requested == null ? null : SocksAddress.of(requested));
        ByteBuf in = hex(written(UotDatagrams.addressed(dialect), first, "x"));
        assertThat(readAll(learning, in)).containsExactly(first + " x");
        assertThat(written(learning, DNS, "y")).isEqualTo(written(UotDatagrams.addressed(dialect), DNS, "y"));
    }

    @Test
    void anySplitDecodesAlike() throws Exception {
        ByteBuf all = Unpooled.buffer();
        UotDatagrams writer = UotDatagrams.addressed(Dialect.SING);
        List<String> expected = new ArrayList<>();
        for (Destination peer : List.of(DNS, udp("2001:db8::1", 443), udp("example.com", 7), DNS)) {
            String payload = "x".repeat(peer.port() % 300);
            writer.writeHeader(all, peer, payload.length());
            all.writeCharSequence(payload, StandardCharsets.US_ASCII);
            expected.add(peer + " " + payload);
        }
        for (int step = 1; step <= all.readableBytes(); step++) {
            UotDatagrams reader = UotDatagrams.learning(SocksAddress.of(DNS));
            ByteBuf in = Unpooled.buffer();
            List<String> read = new ArrayList<>();
            for (int at = 0; at < all.readableBytes(); at += step) {
                in.writeBytes(all, at, Math.min(step, all.readableBytes() - at));
                read.addAll(readAll(reader, in));
            }
            assertThat(read).as("in pieces of %d", step).isEqualTo(expected);
        }
    }

    @Test
    void theLargestDatagram() throws Exception {
        ByteBuf in = Unpooled.buffer();
        UotDatagrams.connected(DNS).writeHeader(in, DNS, 65_535);
        in.writeZero(65_535);
        Datagram read = Objects.requireNonNull(UotDatagrams.connected(DNS).read(in));
        assertThat(read.payload().readableBytes()).isEqualTo(65_535);
        read.payload().release();
    }

    @Test
    void anAddressThatCannotBeUsedCostsOnlyItsDatagram() throws Exception {
        ByteBuf in = hex("02 03 2e2e2e 0035 0001 78", "00 08080808 0000 0001 79", "00 08080808 0035 0001 7a");
        assertThat(readAll(UotDatagrams.addressed(Dialect.SING), in)).containsExactly("null x", "null y", "8.8.8.8:53 z");
    }

    @Test
    void anUnknownTypeOrModeIsAFault() {
        assertThatThrownBy(() -> UotDatagrams.learning(null).read(hex("05 00"))).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> UotDatagrams.addressed(Dialect.SING).read(hex("03 00"))).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> UotRequest.read(hex("02 01 08080808 0035"))).isInstanceOf(ProtocolException.class);
    }

    @Test
    void theMagicNames() {
        assertThat(Uot.asks(Uot.VERSION_2)).isEqualTo(Uot.Version.V2);
        assertThat(Uot.asks(Uot.VERSION_1)).isEqualTo(Uot.Version.V1);
        assertThat(Uot.asks(Host.parse("x.sp.v2.udp-over-tcp.arpa"))).isEqualTo(Uot.Version.V2);
        assertThat(Uot.asks(Host.parse("example.com"))).isEqualTo(Uot.Version.NONE);
        assertThat(Uot.asks(Host.parse("8.8.8.8"))).isEqualTo(Uot.Version.NONE);
    }
}
