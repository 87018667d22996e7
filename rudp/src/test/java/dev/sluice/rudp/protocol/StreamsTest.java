package dev.sluice.rudp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.wire.ByteWriter;
import org.junit.jupiter.api.Test;

/** What streams of a connection do to each other. */
class StreamsTest {
    private static final long WIDE = 1 << 30;
    private static final int BUFFER = 100_000;

    private final Streams streams = new Streams(true,
            new ConnectionConfig.Builder().sendBuffer(BUFFER, BUFFER).build(), new StreamMemory(1 << 24), new Counters());

    private int write(long stream, int length) {
        byte[] bytes = new byte[length];
        return streams.write(stream, (from, to, at, part) -> System.arraycopy(bytes, from, to, at, part), length, WIDE);
    }

    /** A packet with everything that fits into so many bytes. */
    private SentPacket packet(int size) {
        SentPacket packet = new SentPacket();
        ByteWriter out = new ByteWriter().wrap(new byte[size], 0, size);
        streams.onPacketSize(size);
        streams.writeControl(out, packet);
        streams.writeData(out, packet);
        return packet;
    }

    private void acknowledge(SentPacket packet) {
        for (int i = 0; i < packet.items(); i++) {
            streams.onAcked(packet.kind(i), packet.stream(i), packet.offset(i), packet.length(i));
        }
    }

    @Test
    void aStreamThatIsOverIsNotNamedWhenThereIsRoom() {
        streams.onPeerLimits(WIDE, WIDE, 10);
        long full = streams.open();
        assertThat(write(full, BUFFER + 1)).isEqualTo(BUFFER);
        SentPacket data = packet(2 * BUFFER);
        long over = streams.open();
        assertThat(write(over, 1)).as("the connection's buffer is full").isZero();
        streams.reset(over, 1);
        streams.stopSending(0, over, 1, 0);
        streams.onResetStream(0, over, 0, 0);
        acknowledge(packet(1200));
        assertThat(streams.count()).isEqualTo(1);
        acknowledge(data);
        assertThat(streams.nextWritable()).isEqualTo(full);
        assertThat(streams.nextWritable()).isEqualTo(Streams.NONE);
    }
}
