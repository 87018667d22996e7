package dev.sluice.proxy.socks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Host;
import dev.sluice.proxy.socks.SocksServerHandshake.Command;
import dev.sluice.proxy.socks.SocksServerHandshake.Fault;
import dev.sluice.proxy.socks.SocksServerHandshake.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SocksServerHandshakeTest {
    private static final byte[] GREETING = hex("050100");
    private static final byte[] CONNECT_NAME = hex("05010003", "0b", "6578616d706c652e636f6d", "01bb");

    static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts));
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Feeds {@code bytes} whole, and gives the steps; a password check is answered with {@code right}. */
    private static List<Step> run(boolean password, boolean right, byte[] bytes) {
        SocksServerHandshake handshake = new SocksServerHandshake(password);
        List<Step> steps = new ArrayList<>();
        feed(handshake, right, Unpooled.wrappedBuffer(bytes), steps);
        return steps;
    }

    private static void feed(SocksServerHandshake handshake, boolean right, ByteBuf in, List<Step> steps) {
        for (Step step = handshake.handle(in); step != null; step = handshake.handle(in)) {
            steps.add(step);
            if (step instanceof Step.Check) {
                steps.add(handshake.passwordChecked(right));
            }
        }
    }

    private static byte[] answer(Step step) {
        return switch (step) {
            case Step.Send send -> send.answer();
            case Step.Refuse refuse -> refuse.answer();
            default -> throw new AssertionError(step);
        };
    }

    private static Step.Request request(List<Step> steps) {
        return (Step.Request) steps.getLast();
    }

    private static Step.Refuse refused(List<Step> steps) {
        assertThat(steps).isNotEmpty();
        return (Step.Refuse) steps.getLast();
    }

    @Test
    void socks5ConnectToAName() {
        List<Step> steps = run(false, true, join(GREETING, CONNECT_NAME));
        assertThat(answer(steps.getFirst())).isEqualTo(hex("0500"));
        assertThat(request(steps).command()).isEqualTo(Command.CONNECT);
        assertThat(request(steps).address().host().toString()).isEqualTo("example.com");
        assertThat(request(steps).address().port()).isEqualTo(443);
    }

    @ParameterizedTest
    @CsvSource({"050100 05010001 7f000001 0050,127.0.0.1,80",
            "050100 05010004 20010db8000000000000000000000001 0050,2001:db8::1,80",
            "050100 05010003 09 3132372e302e302e31 0050,127.0.0.1,80", "0502ff00 05010003 03 3a3a31 0001,::1,1",
            "050100 05010003 07 62c3bc636865 72 ffff,,"})
    void socks5Addresses(String bytes, String host, Integer port) {
        byte[] input = hex(bytes.replace(" ", ""));
        if (host == null) {
            Step.Request request = request(run(false, true, input));
            assertThat(request.address().host().toString()).isEqualTo("xn--bcher-kva"); // IDN
        } else {
            Step.Request request = request(run(false, true, input));
            assertThat(request.address().host().toString()).isEqualTo(host);
            assertThat(request.address().port()).isEqualTo(port);
        }
    }

    @Test
    void theBytesAfterTheRequestStay() {
        SocksServerHandshake handshake = new SocksServerHandshake(false);
        ByteBuf in = Unpooled.wrappedBuffer(join(GREETING, CONNECT_NAME, "early".getBytes(StandardCharsets.US_ASCII)));
        List<Step> steps = new ArrayList<>();
        feed(handshake, true, in, steps);
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("early");
        assertThat(handshake.name()).isEqualTo("SOCKS5");
    }

    @Test
    void passwordRight() {
        List<Step> steps = run(true, true, join(hex("05020002"), hex("01", "03", "626f62", "02", "7077"), CONNECT_NAME));
        assertThat(answer(steps.getFirst())).isEqualTo(hex("0502"));
        assertThat(steps.get(1)).isEqualTo(new Step.Check("bob", "pw"));
        assertThat(steps.get(1).toString()).doesNotContain("pw");
        assertThat(answer(steps.get(2))).isEqualTo(hex("0100"));
        assertThat(request(steps).address().port()).isEqualTo(443);
    }

    @Test
    void passwordWrong() {
        Step.Refuse refuse = refused(run(true, false, join(hex("050102"), hex("01", "03", "626f62", "00"), CONNECT_NAME)));
        assertThat(refuse.answer()).isEqualTo(hex("0101"));
        assertThat(refuse.fault()).isEqualTo(Fault.UNAUTHORIZED);
    }

    @ParameterizedTest
    @CsvSource({
            // a version that is none, zero methods, none that fits
            "false,03,,PROTOCOL", "false,0500,05ff,PROTOCOL", "false,050102,05ff,UNAUTHORIZED", "true,050100,05ff,UNAUTHORIZED",
            // the password exchange: its version, an empty name, bytes that are no UTF-8
            "true,05010205,0101,PROTOCOL", "true,0501020100,0101,PROTOCOL", "true,05010201 01ff 0161,0101,PROTOCOL",
            // BIND, unknown commands, another version in the request
            "false,050100 0502,05070001000000000000,COMMAND", "false,050100 0509,05070001000000000000,COMMAND",
            "false,050100 04,05010001000000000000,PROTOCOL",
            // an unknown address type, an empty name, a name with NUL, port 0
            "false,050100 0501000200,05080001000000000000,PROTOCOL",
            "false,050100 05010003 00 0050,05010001000000000000,PROTOCOL",
            "false,050100 05010003 03 610062 0050,05010001000000000000,PROTOCOL",
            "false,050100 05010003 02 c328 0050,05010001000000000000,PROTOCOL",
            "false,050100 05010001 7f000001 0000,05010001000000000000,PROTOCOL",
            // SOCKS4: BIND, users are configured, port 0, an empty name, a name that is none
            "false,0402 0050 7f000001 00,005b000000000000,COMMAND", "true,0401 0050 7f000001 00,005b000000000000,UNAUTHORIZED",
            "false,0401 0000 7f000001 00,005b000000000000,PROTOCOL", "false,0401 0050 00000001 00 00,005b000000000000,PROTOCOL",
            "false,0401 0050 00000001 00 61ff 00,005b000000000000,PROTOCOL",})
    void refused(boolean password, String bytes, String answer, Fault fault) {
        Step.Refuse refuse = refused(run(password, true, hex(bytes.replace(" ", ""))));
        assertThat(refuse.answer()).isEqualTo(hex(answer == null ? "" : answer));
        assertThat(refuse.fault()).isEqualTo(fault);
        assertThat(refuse.rule()).contains("offset");
    }

    @Test
    void aNameOf255BytesIsRefused() {
        Step.Refuse refuse = refused(
                run(false, true,
                        join(GREETING, hex("05010003ff"), "a".repeat(255).getBytes(StandardCharsets.US_ASCII), hex("0050"))));
        assertThat(refuse.answer()).startsWith(hex("0501"));
    }

    @Test
    void socks4AndSocks4a() {
        Step.Request plain = request(run(false, true, hex("0401", "0050", "7f000001", "6d6500")));
        assertThat(plain.address().toString()).contains("127.0.0.1").contains("80");
        Step.Request named = request(run(false, true, hex("0401", "0050", "00000001", "00", "6578616d706c652e636f6d", "00")));
        assertThat(named.address().host().toString()).isEqualTo("example.com");
        Step.Request literal = request(run(false, true, hex("0401", "0050", "00000001", "00", "312e322e332e34", "00")));
        assertThat(literal.address().host().toString()).isEqualTo("1.2.3.4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0401005000000001", "0401005000000001 00"})
    void socks4FieldsWithoutEndAreRefused(String start) {
        byte[] prefix = hex(start.replace(" ", ""));
        assertThat(run(false, true, join(prefix, new byte[0]))).isEmpty();
        byte[] endless = "u".repeat(SocksServerHandshake.MAX_STEP).getBytes(StandardCharsets.US_ASCII);
        assertThat(refused(run(false, true, join(prefix, endless))).answer()).isEqualTo(hex("005b000000000000"));
    }

    @Test
    void udpAssociateMayNameNothing() {
        Step.Request request = request(run(false, true, hex("050100", "05030001", "00000000", "0000")));
        assertThat(request.command()).isEqualTo(Command.UDP_ASSOCIATE);
        assertThat(request.address().port()).isZero();
    }

    @Test
    void replies() {
        SocksServerHandshake five = new SocksServerHandshake(false);
        feed(five, true, Unpooled.wrappedBuffer(join(GREETING, CONNECT_NAME)), new ArrayList<>());
        assertThat(five.succeeded(null)).isEqualTo(hex("05000001000000000000"));
        SocksAddress bound = new SocksAddress(new Host.Address(InetAddress.ofLiteral("::1")), 258);
        assertThat(five.succeeded(bound)).isEqualTo(hex("05000004", "00000000000000000000000000000001", "0102"));
        assertThat(five.failed(Failure.REFUSED)).isEqualTo(hex("05050001000000000000"));
        SocksServerHandshake four = new SocksServerHandshake(false);
        feed(four, true, Unpooled.wrappedBuffer(hex("0401", "0050", "7f000001", "00")), new ArrayList<>());
        assertThat(four.succeeded(bound)).isEqualTo(hex("005a000000000000"));
        assertThat(four.failed(Failure.REFUSED)).isEqualTo(hex("005b000000000000"));
        assertThat(four.name()).isEqualTo("SOCKS4");
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void everyFailureHasACode(Failure failure) {
        assertThat(SocksServerHandshake.code(failure)).isBetween(1, 8);
    }

    @Test
    void aPasswordIsCheckedOnlyWhenAsked() {
        assertThatThrownBy(() -> new SocksServerHandshake(true).passwordChecked(true)).isInstanceOf(IllegalStateException.class);
    }

    /** However the bytes are cut, the steps are the same, and no step needs more than the bound. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void splitAnywhere(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> inputs = List.of(join(GREETING, CONNECT_NAME), hex("0401", "0050", "00000001", "6d6500", "612e6200"),
                join(hex("05020002"), hex("01", "03", "626f62", "02", "7077"), CONNECT_NAME), hex("050100", "0502"), hex("03"),
                hex("050100", "05030004", "00000000000000000000000000000000", "0000"));
        for (byte[] input : inputs) {
            boolean password = input.length > 1 && input[1] == 2;
            String whole = describe(run(password, true, input));
            for (int round = 0; round < 50; round++) {
                SocksServerHandshake handshake = new SocksServerHandshake(password);
                List<Step> steps = new ArrayList<>();
                ByteBuf in = Unpooled.buffer();
                int at = 0;
                while (at < input.length) {
                    int n = Math.min(input.length - at, 1 + random.nextInt(4));
                    in.writeBytes(input, at, n);
                    at += n;
                    feed(handshake, true, in, steps);
                    assertThat(in.readableBytes()).isLessThan(SocksServerHandshake.MAX_STEP);
                }
                assertThat(describe(steps)).as("seed %d", seed).isEqualTo(whole);
            }
        }
    }

    private static String describe(List<Step> steps) {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            text.append(switch (step) {
                case Step.Send s -> "send " + HexFormat.of().formatHex(s.answer());
                case Step.Check c -> "check " + c.name() + c.password();
                case Step.Request r -> r.toString();
                case Step.Refuse r -> "refuse " + HexFormat.of().formatHex(r.answer()) + r.fault();
            }).append('\n');
        }
        return text.toString();
    }
}
