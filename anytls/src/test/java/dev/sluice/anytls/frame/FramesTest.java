package dev.sluice.anytls.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Golden bytes, and that it does not matter how the byte stream is cut. */
class FramesTest {

    /** What came, with the bytes of each stream joined while nothing else comes in between. */
    static final class Recorder implements FrameDecoder.Sink {
        final List<String> seen = new ArrayList<>();
        private String pending = "";
        private int pendingStream;

        @Override
        public void data(int stream, ByteBuf bytes) {
            if (stream != pendingStream) {
                flush();
            }
            pendingStream = stream;
            pending += ByteBufUtil.hexDump(bytes);
            bytes.release();
        }

        @Override
        public void frame(int command, int stream, int length, byte[] data) {
            flush();
            seen.add(command + "/" + Integer.toUnsignedString(stream) + "/" + length + " " + HexFormat.of().formatHex(data));
        }

        List<String> seen() {
            flush();
            return seen;
        }

        private void flush() {
            if (!pending.isEmpty()) {
                seen.add(pendingStream + ": " + pending);
                pending = "";
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            SYN 1,                 01 00000001 0000, 1, 1, ''
            SYNACK 2,              07 00000002 0000, 7, 2, ''
            SYNACK 2 with error,   07 00000002 0011 6469616c207463703a2074696d656f7574, 7, 2, dial tcp: timeout
            server settings,       0a 00000000 0003 763d32, 10, 0, v=2
            heartbeat request,     08 00000000 0000, 8, 0, ''
            heartbeat response,    09 00000000 0000, 9, 0, ''
            FIN 1,                 03 00000001 0000, 3, 1, ''
            """)
    void goldenControlFrames(String name, String hex, int command, int stream, String text) {
        byte[] golden = HexFormat.of().parseHex(hex.replace(" ", ""));
        ByteBuf out = Unpooled.buffer();
        Frames.write(out, command, stream, text.getBytes(UTF_8));
        assertThat(ByteBufUtil.getBytes(out)).isEqualTo(golden);
        assertThat(decode(golden, golden.length)).containsExactly(
                command + "/" + stream + "/" + text.length() + " " + HexFormat.of().formatHex(text.getBytes(UTF_8)));
    }

    @Test
    void goldenSettings() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("v", "2");
        map.put("client", "anytls/0.0.13");
        map.put("padding-md5", "75cff2ad89aadf5e257059ee571ebe11");
        byte[] text = StringMap.format(map);
        assertThat(text).hasSize(69);
        ByteBuf out = Unpooled.buffer();
        Frames.write(out, Command.SETTINGS, 0, text);
        assertThat(ByteBufUtil.hexDump(out, 0, Frames.HEADER)).isEqualTo("04000000000045");
        assertThat(StringMap.parse(text)).isEqualTo(map);
    }

    @Test
    void goldenAddressOfAStream() {
        ByteBuf out = Unpooled.buffer();
        Frames.header(out, Command.PSH, 1, 15);
        out.writeBytes(HexFormat.of().parseHex("030b6578616d706c652e636f6d01bb"));
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0200000001000f030b6578616d706c652e636f6d01bb");
        assertThat(decode(ByteBufUtil.getBytes(out), 100)).containsExactly("1: 030b6578616d706c652e636f6d01bb");
    }

    @Test
    void mapsAreReadAsTheyAre() {
        assertThat(StringMap.parse("a=b=c\nnothing\n x = y \n=empty\na2=".getBytes(UTF_8)))
                .isEqualTo(Map.of("a", "b=c", " x ", " y ", "", "empty", "a2", ""));
        assertThat(StringMap.parse(new byte[0])).isEmpty();
    }

    @Test
    void dataOfCommandsThatCarryNoneIsDropped() {
        ByteBuf bytes = Unpooled.buffer();
        for (int command : new int[]{Command.WASTE, Command.SYN, Command.FIN, Command.HEART_REQUEST, 11, 200}) {
            Frames.write(bytes, command, 5, new byte[70]);
        }
        Frames.write(bytes, Command.SYN, 9, new byte[0]);
        assertThat(decode(ByteBufUtil.getBytes(bytes), 13)).containsExactly("0/5/70 ", "1/5/70 ", "3/5/70 ", "8/5/70 ",
                "11/5/70 ", "200/5/70 ", "1/9/0 ");
    }

    @Test
    void afterAStopNothingComes() {
        ByteBuf bytes = Unpooled.buffer();
        Frames.write(bytes, Command.SYN, 1, new byte[0]);
        Frames.write(bytes, Command.SYN, 2, new byte[0]);
        FrameDecoder decoder = new FrameDecoder();
        List<Integer> streams = new ArrayList<>();
        decoder.decode(bytes, new FrameDecoder.Sink() {
            @Override
            public void data(int stream, ByteBuf payload) {
                payload.release();
            }

            @Override
            public void frame(int command, int stream, int length, byte[] data) {
                streams.add(stream);
                decoder.stop();
            }
        });
        assertThat(streams).containsExactly(1);
        assertThat(bytes.isReadable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "5", "6", "7", "8"})
    void everyCutOfTheStreamIsDecodedAlike(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        ByteBuf bytes = Unpooled.buffer();
        for (int i = 0; i < 60; i++) {
            byte[] data = new byte[random.nextInt(5) == 0 ? random.nextInt(2_000) : random.nextInt(40)];
            random.nextBytes(data);
            Frames.write(bytes, random.nextInt(14), random.nextInt(), data);
        }
        if (seed == 1) {
            Frames.write(bytes, Command.PSH, 1, new byte[65_535]); // the longest
        }
        byte[] all = ByteBufUtil.getBytes(bytes);
        List<String> whole = decode(all, all.length);
        assertThat(decode(all, seed == 1 ? 5 : 1)).isEqualTo(whole);
        assertThat(decode(all, 6)).isEqualTo(whole);
        Recorder recorder = new Recorder();
        FrameDecoder decoder = new FrameDecoder();
        for (int at = 0; at < all.length;) {
            int n = Math.min(1 + random.nextInt(3000), all.length - at);
            decoder.decode(Unpooled.wrappedBuffer(all, at, n), recorder);
            at += n;
        }
        assertThat(recorder.seen()).as("seed " + seed).isEqualTo(whole);
    }

    private static List<String> decode(byte[] bytes, int piece) {
        Recorder recorder = new Recorder();
        FrameDecoder decoder = new FrameDecoder();
        for (int at = 0; at < bytes.length; at += piece) {
            decoder.decode(Unpooled.wrappedBuffer(bytes, at, Math.min(piece, bytes.length - at)), recorder);
        }
        return recorder.seen();
    }
}
