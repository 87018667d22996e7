package dev.sluice.rudp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The small structures beside simple models of them, under random operations. */
class StructuresTest {
    @Test
    void rangesAreASet() {
        for (int seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            LongRanges ranges = new LongRanges();
            BitSet model = new BitSet();
            for (int i = 0; i < 200; i++) {
                int from = random.nextInt(200);
                int to = from + random.nextInt(30);
                int before = model.cardinality();
                switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        model.set(from, to);
                        assertThat(ranges.add(from, to)).as("seed %d", seed).isEqualTo(model.cardinality() - before);
                    }
                    case 2 -> {
                        model.clear(from, to);
                        ranges.remove(from, to);
                    }
                    default -> {
                        model.clear(0, from / 4);
                        ranges.removeBelow(from / 4);
                    }
                }
                assertThat(ranges.contains(from)).isEqualTo(model.get(from));
                assertThat(ranges.nextMissing(from)).isEqualTo(model.nextClearBit(from));
                int member = model.nextSetBit(from);
                assertThat(ranges.nextMember(from, 1000)).isEqualTo(member < 0 ? 1000 : member);
                check(ranges, model);
            }
        }
    }

    private static void check(LongRanges ranges, BitSet model) {
        int at = -1;
        for (int i = 0; i < ranges.count(); i++) {
            assertThat(ranges.start(i)).isGreaterThan(at);
            assertThat(model.nextSetBit(Math.max(0, at))).isEqualTo((int) ranges.start(i));
            at = model.nextClearBit((int) ranges.start(i));
            assertThat(ranges.end(i)).isEqualTo(at);
        }
        assertThat(model.nextSetBit(Math.max(0, at))).isEqualTo(-1);
    }

    @Test
    void aMapIsAMap() {
        SplittableRandom random = new SplittableRandom(1);
        LongMap<String> map = new LongMap<>();
        Map<Long, String> model = new HashMap<>();
        for (int i = 0; i < 100_000; i++) {
            long key = random.nextInt(500);
            if (random.nextBoolean()) {
                assertThat(map.putIfAbsent(key, "v" + i)).isEqualTo(model.putIfAbsent(key, "v" + i) == null);
            } else {
                assertThat(map.remove(key)).isEqualTo(model.remove(key));
            }
            assertThat(map.size()).isEqualTo(model.size());
            assertThat(map.get(key)).isEqualTo(model.get(key));
        }
    }

    @Test
    void bytesAreKeptByTheirOffsets() {
        for (int seed = 0; seed < 100; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StreamMemory memory = new StreamMemory(1 << 20);
            StoredBytes stored = new StoredBytes(memory);
            byte[] model = new byte[200_000];
            random.nextBytes(model);
            int start = 0;
            int top = 0;
            byte[] out = new byte[60_000];
            while (top < 150_000) {
                int length = 1 + random.nextInt(20_000);
                int half = random.nextInt(length);
                stored.put(top + half, model, top + half, length - half); // the later part comes first
                stored.put(top, model, top, half);
                top += length;
                int read = Math.min(out.length, random.nextInt(top - start + 1));
                stored.get(start, out, 0, read);
                assertThat(Arrays.equals(out, 0, read, model, start, start + read)).as("seed %d", seed).isTrue();
                start += random.nextInt(4) == 0 ? top - start : random.nextInt(read + 1);
                stored.release(start, top);
                assertThat(stored.capacity()).isLessThanOrEqualTo(top - start + 2 * StreamMemory.CHUNK);
            }
            stored.free();
            assertThat(stored.capacity()).isZero();
            assertThat(memory.held()).isZero();
        }
    }

    @Test
    void aGapTakesNoMemory() {
        StoredBytes stored = new StoredBytes(new StreamMemory(1 << 20));
        stored.put(10_000_000, new byte[100], 0, 100);
        stored.put(3, new byte[100], 0, 100);
        assertThat(stored.capacity()).isLessThanOrEqualTo(StreamMemory.CHUNK + 2048);
    }

    @Test
    void theSearchForTheMtuTriesEthernetFirst() {
        for (int carried : new int[]{1300, 1452, 1500, 9000, 16_200}) {
            MtuDiscovery mtu = new MtuDiscovery(16_200, true);
            int afterTwo = 0;
            int probes = 0;
            for (int size = mtu.probeSize(1); size > 0; size = mtu.probeSize(1)) {
                mtu.onProbeSent(size);
                if (size <= carried) {
                    mtu.onProbeAcked(size);
                } else {
                    mtu.onProbeLost(size);
                }
                afterTwo = ++probes == 2 ? mtu.current() : afterTwo;
            }
            assertThat(mtu.current()).isBetween(carried - 20, carried);
            assertThat(probes).isLessThan(50);
            assertThat(afterTwo).isEqualTo(carried == 16_200 ? 16_200 : carried < 1452 ? 1200 : 1452);
        }
    }

    @Test
    void aBlackHoleWasNoneIfWhatWasSentBeforeArrivesAfterAll() {
        MtuDiscovery mtu = new MtuDiscovery(16_200, true);
        mtu.onProbeSent(1452);
        mtu.onProbeAcked(1452);
        mtu.onProbeSent(16_200);
        mtu.onProbeAcked(16_200);
        assertThat(mtu.onLost(1, 10, 16_200)).isFalse();
        assertThat(mtu.onLost(2, 11, 16_200)).isFalse();
        assertThat(mtu.onLost(3, 12, 16_200)).as("a black hole").isTrue();
        assertThat(mtu.current()).isEqualTo(1200);
        assertThat(mtu.onAcked(13, 1200)).isFalse();
        assertThat(mtu.onAcked(10, 16_200)).as("it was only slow").isTrue();
        assertThat(mtu.current()).isEqualTo(16_200);
        assertThat(mtu.probeSize(4)).as("there is nothing to look for").isZero();
    }

    @Test
    void packetNumbersBeyond32Bits() {
        AckTracker acks = new AckTracker(25_000_000);
        long number = (1L << 40) + 5;
        acks.onPacket(1, number, true, 0);
        byte[] bytes = new byte[100];
        dev.sluice.rudp.protocol.wire.ByteWriter out = new dev.sluice.rudp.protocol.wire.ByteWriter().wrap(bytes, 0, 100);
        assertThat(acks.write(out, 1)).isEqualTo(number);
    }

    @Test
    void whatFillsNoPacketWaitsOnlyWhereAnAcknowledgementBringsMore() {
        SendHalf send = new SendHalf(5000, new StreamMemory(1 << 20));
        byte[] packet = new byte[1000];
        send.write((from, to, at, part) -> System.arraycopy(packet, from, to, at, part), 500, 1 << 20);
        assertThat(send.sendable(1 << 20, 1000, true)).as("nothing is under way").isTrue();
        send.take(0, 400, false, packet, 0);
        assertThat(send.sendable(1 << 20, 1000, false)).as("that is all there is").isTrue();
        assertThat(send.sendable(1 << 20, 1000, true)).as("the buffer is full").isFalse();
        assertThat(send.sendable(1 << 20, 100, true)).as("fills a packet").isTrue();
        assertThat(send.sendable(50, 1000, false)).as("the connection's window is used up").isFalse();
        send.onLost(0, 400, false);
        assertThat(send.sendable(1 << 20, 1000, true)).as("what is lost never waits").isTrue();
        send.onAcked(0, 400, false);
        assertThat(send.sendable(1 << 20, 1000, true)).as("nothing is under way any more").isTrue();
    }
}
