package dev.sluice.rudp.protocol.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.testkit.Fuzzing;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever bytes come: headers are read or refused, frames are read or a violation, and nothing is read beyond the end. */
class WireFuzzTest {
    private static final ConnectionId A = new ConnectionId(1, 0x1122334455667788L);
    private static final ConnectionId B = new ConnectionId(2, 0x99aabbccddeeff00L);

    @Test
    void headers() {
        byte[] initial = new byte[80];
        ByteWriter out = new ByteWriter().wrap(initial, 0, initial.length);
        LongHeader.write(out, LongHeader.INITIAL, A, B);
        out.varInt2(4);
        out.zeros(4);
        out.varInt2(20);
        byte[] retry = new byte[60];
        LongHeader.write(new ByteWriter().wrap(retry, 0, retry.length), LongHeader.RETRY, A, B);
        byte[] brief = new byte[40];
        ShortHeader.write(brief, 0, A, 77, 2);
        Fuzzing.run(List.of(initial, retry, brief, new byte[0], new byte[]{(byte) 0xC0}), 5_000, WireFuzzTest::header);
    }

    @Test
    void frames() {
        HexFormat hex = HexFormat.of();
        List<byte[]> corpus = List.of(hex.parseHex("01"), hex.parseHex("0240640a010203"),
                hex.parseHex("03406400020103010205060708"),
                hex.parseHex("16044100" + "0568656c6c6f"), hex.parseHex("1404410068656c6c6f"), hex.parseHex("04000105"),
                hex.parseHex("090100090011223344556677880102030405060708090a0b0c0d0e0f10"), hex.parseHex("0b0102030405060708"),
                hex.parseHex("0d07036f6f70"), hex.parseHex("1a00024190018000ffff"), hex.parseHex("1903616263"),
                hex.parseHex("40400300"),
                hex.parseHex("06800fffff0700800fffff0841000a010f1b"));
        Fuzzing.run(corpus, 20_000, WireFuzzTest::frame);
    }

    @Test
    void parameters() {
        byte[] good = new TransportParameters(65_536, 70_000, 16, 4, 5, 6, 1452, 4, true, A, new byte[16]).encode();
        Fuzzing.run(List.of(good), 5_000, WireFuzzTest::parameter);
    }

    /** Jazzer's entry point. */
    @Tag("jazzer")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        header(input);
        frame(input);
        parameter(input);
    }

    private static void header(byte[] input) {
        byte[] framed = new byte[input.length + 20];
        System.arraycopy(input, 0, framed, 10, input.length);
        LongHeader header = new LongHeader();
        if (header.parse(framed, 10, input.length)) {
            check(header.end() <= 10 + input.length && header.contentOffset() >= 10 && header.contentLength() >= 0);
            check(header.tokenOffset() + header.tokenLength() <= 10 + input.length);
            if (!Versions.supported(header.version())) {
                check(Versions.answer(header, framed, new byte[256], 0) <= 64);
            }
        }
        Acceptor.destination(framed, 10, input.length);
        check(Acceptor.destinationOffset(framed, 10, input.length) <= 10 + input.length - ConnectionId.LENGTH);
    }

    private static void frame(byte[] input) {
        FrameHandler handler = (FrameHandler) Proxy.newProxyInstance(WireFuzzTest.class.getClassLoader(),
                new Class<?>[]{FrameHandler.class}, (proxy, method, arguments) -> {
                    if (arguments != null && arguments.length >= 3 && arguments[arguments.length - 1] instanceof Integer length
                            && arguments[arguments.length - 2] instanceof Integer from) {
                        check(from >= 5 && length >= 0 && from + length <= 5 + input.length);
                    }
                    return null;
                });
        byte[] framed = new byte[input.length + 10];
        Arrays.fill(framed, (byte) 0xA5);
        System.arraycopy(input, 0, framed, 5, input.length);
        try {
            new FrameParser().parse(framed, 5, input.length, handler);
        } catch (ProtocolViolation violation) {
            check(violation.code() == ErrorCode.FRAME_ENCODING);
        }
    }

    private static void parameter(byte[] input) {
        try {
            TransportParameters read = TransportParameters.decode(input, 0, input.length);
            check(read.encode().length <= TransportParameters.MAX_LENGTH);
        } catch (ProtocolViolation violation) {
            check(violation.code() == ErrorCode.PARAMETERS);
        }
    }

    private static void check(boolean holds) {
        if (!holds) {
            throw new AssertionError("out of bounds");
        }
    }
}
