package dev.sluice.anytls.padding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.FrameDecoder;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schemes are read as the reference reads them, and packets are split and padded by the worked sizes. */
class PaddingTest {

    private static PaddingScheme scheme(String text) throws ProtocolException {
        return PaddingScheme.parse(text.getBytes(UTF_8));
    }

    private static List<Integer> draw(PaddingScheme scheme, int packet) {
        List<Integer> sizes = new ArrayList<>();
        for (int size : scheme.draw(packet, new SplittableRandom(1))) {
            sizes.add(size);
        }
        return sizes;
    }

    @Test
    void theDefaultSchemeIsTheReferences() {
        assertThat(PaddingScheme.DEFAULT.text()).hasSize(137);
        assertThat(PaddingScheme.DEFAULT.md5()).isEqualTo("75cff2ad89aadf5e257059ee571ebe11");
        assertThat(PaddingScheme.DEFAULT.stop()).isEqualTo(8);
        assertThat(PaddingScheme.DEFAULT.drawAuth(new SplittableRandom(1))).isEqualTo(30);
        assertThat(draw(PaddingScheme.DEFAULT, 2)).hasSize(9).element(1).isEqualTo(PaddingScheme.CHECK);
        assertThat(draw(PaddingScheme.DEFAULT, 8)).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            5-5                  | 5
            5-5,7-7              | 5,7
            c,5-5,c              | -1,5,-1
            5                    |
            5-                   |
            1-2-3,5-5            | 5
            0-5,-3,5-5           | 5
            x-y,5-5              | 5
            +5-5                 | 5
            70000-90000          | 65535
            \u0665-\u0665        |
            """)
    void whatIsNoSizeIsIgnored(String list, String expected) throws Exception {
        List<Integer> sizes = expected == null ? List.of() : List.of(expected.split(",")).stream().map(Integer::valueOf).toList();
        assertThat(draw(scheme("stop=9\n1=" + list), 1)).isEqualTo(sizes);
    }

    @Test
    void aSizeIsDrawnWithoutItsUpperEndWhichMayStandFirst() throws Exception {
        PaddingScheme scheme = scheme("stop=9\n1=3-1");
        SplittableRandom random = new SplittableRandom(7);
        List<Integer> drawn = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            drawn.add(scheme.draw(1, random)[0]);
        }
        assertThat(drawn).contains(1, 2).doesNotContain(3);
    }

    @Test
    void onlyThePlainNumberOfAPacketIsItsKey() throws Exception {
        PaddingScheme scheme = scheme("stop=9\n01=5-5\n+2=5-5\n3=5-5\n3=6-6\n-4=1-1");
        assertThat(draw(scheme, 1)).isEmpty();
        assertThat(draw(scheme, 2)).isEmpty();
        assertThat(draw(scheme, 3)).containsExactly(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1=5-5", "stop=", "stop=x", "stop=1.5", "stop=99999999999999999999", "stop=9\r\n1=5-5",
            "Stop=8"})
    void withoutAStopItIsNone(String text) {
        assertThatThrownBy(() -> scheme(text)).isInstanceOf(ProtocolException.class);
    }

    @Test
    void noServerMakesUsSendWithoutEnd() {
        assertThatThrownBy(() -> scheme("stop=9\n1=" + "60000-60000,".repeat(20))).isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> PaddingScheme.parse(new byte[65_536])).isInstanceOf(ProtocolException.class);
    }

    @Test
    void whatGoesWithTheAuthenticationFitsOneRecord() throws Exception {
        assertThat(scheme("stop=1\n0=60000-60000").drawAuth(new SplittableRandom(1))).isEqualTo(16_350);
        assertThat(scheme("stop=1\n0=c,5-5").drawAuth(new SplittableRandom(1))).isZero();
        assertThat(scheme("stop=1").drawAuth(new SplittableRandom(1))).isZero();
    }

    /** The records of packet {@code number} of the scheme, whose packets before it had one byte each. */
    private static List<ByteBuf> split(PaddingScheme scheme, int number, byte[] packet) {
        Padder padder = new Padder(scheme, new SplittableRandom(3));
        List<ByteBuf> records = new ArrayList<>();
        for (int i = 1; i <= number; i++) {
            records.forEach(ByteBuf::release);
            records.clear();
            padder.split(Unpooled.copiedBuffer(i < number ? new byte[1] : packet), ByteBufAllocator.DEFAULT, records::add);
        }
        return records;
    }

    @ParameterizedTest(name = "packet {0}, {1} bytes by {2}")
    @CsvSource(delimiter = '|', textBlock = """
            1 | 105 | 100-100                 | 100,5
            1 | 105 | 399-399                 | 399
            2 | 524 | 400-400,c,500-500,c,9-9 | 400,500
            3 | 7   | 9-9,500-500             | 7,507
            3 | 71  | 9-9,500-500             | 9,500
            4 | 502 | 500-500                 | 500,2
            1 | 10  | 10-10                   | 10
            1 | 10  | 17-17                   | 10
            1 | 10  | 18-18                   | 18
            5 | 33  | c,c                     | 33
            8 | 900 | 100-100                 | 900
            """)
    void workedSizes(int number, int length, String sizes, String expected) throws Exception {
        byte[] packet = new byte[length];
        new SplittableRandom(length).nextBytes(packet);
        List<ByteBuf> records = split(scheme("stop=8\n" + number + "=" + sizes), number, packet);
        assertThat(records.stream().map(r -> String.valueOf(r.readableBytes())).toList()).isEqualTo(List.of(expected.split(",")));
        records.forEach(ByteBuf::release);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatIsPaddedDecodesToWhatWasSent(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder("stop=" + random.nextInt(12));
        for (int packet = 1; packet < 12; packet++) {
            text.append('\n').append(packet).append('=');
            for (int i = random.nextInt(8); i > 0; i--) {
                text.append(random.nextInt(4) == 0 ? "c" : random.nextInt(900) + "-" + random.nextInt(900)).append(',');
            }
        }
        Padder padder = new Padder(scheme(text.toString()), random);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        ByteArrayOutputStream came = new ByteArrayOutputStream();
        FrameDecoder decoder = new FrameDecoder();
        FrameDecoder.Sink sink = new FrameDecoder.Sink() {
            @Override
            public void data(int stream, ByteBuf bytes) {
                came.writeBytes(ByteBufUtil.getBytes(bytes));
                bytes.release();
            }

            @Override
            public void frame(int command, int stream, int length, byte[] data) {
                assertThat(command).isEqualTo(Command.WASTE);
                assertThat(stream).isZero();
            }
        };
        for (int i = 0; i < 14; i++) {
            byte[] data = new byte[1 + random.nextInt(2000)];
            random.nextBytes(data);
            sent.writeBytes(data);
            ByteBuf packet = Unpooled.buffer().writeByte(Command.PSH).writeInt(1).writeShort(data.length).writeBytes(data);
            padder.split(packet, ByteBufAllocator.DEFAULT, record -> {
                decoder.decode(record, sink);
                record.release();
            });
        }
        assertThat(came.toByteArray()).as("seed " + seed).isEqualTo(sent.toByteArray());
        assertThat(padder.over()).isTrue();
    }
}
