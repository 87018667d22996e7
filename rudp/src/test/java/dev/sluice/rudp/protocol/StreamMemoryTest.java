package dev.sluice.rudp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What many streams of a thread may hold together. */
class StreamMemoryTest {
    private static final int BUDGET = 8 * 1024 * 1024;
    private static final long WIDE = 1 << 30;
    private static final byte[] MUCH = new byte[64 * 1024 * 1024];

    private final StreamMemory memory = new StreamMemory(BUDGET);

    private static int write(Streams streams) {
        ByteSource much = (from, to, at, length) -> System.arraycopy(MUCH, from, to, at, length);
        return streams.write(streams.open(), much, MUCH.length, WIDE);
    }

    private Streams streams() {
        Streams streams = new Streams(true, ConnectionConfig.DEFAULT, memory, new Counters());
        streams.onPeerLimits(WIDE, WIDE, 10);
        return streams;
    }

    @Test
    void aWriterThatIsAloneGetsMuchAndAThousandGetLittleEach() {
        assertThat(write(streams())).isEqualTo(BUDGET);
        for (int i = 0; i < 1000; i++) {
            assertThat(write(streams())).isEqualTo(StreamMemory.LEAST);
        }
        assertThat(memory.held()).isEqualTo(BUDGET + 1000L * StreamMemory.LEAST);
    }

    @Test
    void whatAConnectionHeldIsThereForOthers() {
        List<Streams> all = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Streams one = streams();
            write(one);
            all.add(one);
        }
        all.forEach(Streams::free);
        assertThat(memory.held()).isZero();
        assertThat(write(streams())).isEqualTo(BUDGET);
    }

    @Test
    void arraysAreUsedAgainAndGivenUpWhenNobodyNeedsThem() {
        byte[] first = memory.take(StreamMemory.CHUNK);
        memory.give(first);
        assertThat(memory.take(StreamMemory.CHUNK)).isSameAs(first);
        memory.give(first);
        assertThat(memory.trim()).as("it was in use a while ago").isTrue();
        assertThat(memory.take(StreamMemory.CHUNK)).isSameAs(first);
        memory.give(first);
        assertThat(memory.trim()).isTrue();
        assertThat(memory.trim()).as("nobody has used it since").isFalse();
        assertThat(memory.take(StreamMemory.CHUNK)).isNotSameAs(first);
    }

    @Test
    void aPeerIsToldLessWhereMemoryIsShortAndMoreWhenItIsNot() {
        ReceiveWindow window = new ReceiveWindow(1000, 1000);
        assertThat(window.onRead(0, 600, 0)).isTrue();
        assertThat(window.update(300)).as("never taken back").isEqualTo(1000);
        assertThat(window.onRead(0, 200, 0)).isTrue();
        assertThat(window.update(300)).isEqualTo(800 + 300);
        assertThat(window.onRead(0, 50, 0)).as("a quarter of what was told is not read").isFalse();
        assertThat(window.onRead(0, 50, 0)).isTrue();
        assertThat(window.update(5000)).isEqualTo(900 + 1000);
    }

    @Test
    void aWindowDoublesWhereAQuarterOfItTakesLessThanTwoRoundTrips() {
        long rtt = 1_000_000;
        ReceiveWindow window = new ReceiveWindow(1000, 5000);
        assertThat(window.onRead(2 * rtt - 1, 250, rtt)).isTrue();
        assertThat(window.update(WIDE)).isEqualTo(250 + 2000);
        assertThat(window.onRead(4 * rtt - 1, 500, rtt)).isTrue();
        assertThat(window.update(WIDE)).as("it took two").isEqualTo(750 + 2000);
        assertThat(window.onRead(5 * rtt, 500, rtt)).isTrue();
        assertThat(window.update(WIDE)).isEqualTo(1250 + 4000);
        assertThat(window.onRead(6 * rtt, 1000, rtt)).isTrue();
        assertThat(window.update(WIDE)).as("the limit").isEqualTo(2250 + 5000);
    }
}
