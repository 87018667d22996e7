package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.FrameType;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** A peer that is authenticated and lies, and strangers that are not authenticated. */
class BadInputTest {
    /** Of a varint. */
    private static final long LARGEST = (1L << 62) - 1;

    private final Rogue rogue = new Rogue();

    private void violates(ErrorCode code, Consumer<ByteWriter> frames) {
        rogue.send(frames);
        CloseCause cause = rogue.server.closeCause();
        assertThat(cause).isNotNull();
        assertThat(cause.kind()).isEqualTo(CloseCause.Kind.VIOLATION);
        assertThat(ErrorCode.of(cause.code())).isEqualTo(code);
    }

    @Test
    void dataBeyondTheStreamsWindow() {
        violates(ErrorCode.FLOW_CONTROL, out -> stream(out, 0, 1024 * 1024, 1, false));
    }

    @Test
    void dataBeyondTheConnectionsWindow() {
        rogue.send(out -> stream(out, 0, 1024 * 1024 - 1, 1, false));
        rogue.send(out -> stream(out, 2, 1024 * 1024 - 1, 1, false));
        assertThat(rogue.server.over()).isFalse();
        violates(ErrorCode.FLOW_CONTROL, out -> stream(out, 4, 0, 1, false));
    }

    @Test
    void anEarlyByteCostsNoMoreThanTheWindow() {
        rogue.send(out -> stream(out, 0, 1024 * 1024 - 1, 1, false));
        assertThat(rogue.server.memory()).isLessThanOrEqualTo(1024 * 1024);
    }

    @Test
    void moreStreamsThanAllowed() {
        violates(ErrorCode.STREAM_LIMIT, out -> stream(out, 2 * 1000, 0, 1, false));
    }

    @Test
    void aStreamThatOnlyWeMayOpen() {
        violates(ErrorCode.STREAM_STATE, out -> stream(out, 1, 0, 1, false));
    }

    @Test
    void dataBeyondTheEnd() {
        rogue.send(out -> stream(out, 0, 0, 10, true));
        violates(ErrorCode.FINAL_SIZE, out -> stream(out, 0, 10, 1, false));
    }

    @Test
    void anEndBeforeData() {
        rogue.send(out -> stream(out, 0, 0, 10, false));
        violates(ErrorCode.FINAL_SIZE, out -> stream(out, 0, 0, 5, true));
    }

    @Test
    void anEndBeforeTheEnd() {
        rogue.send(out -> stream(out, 0, 10, 0, true));
        violates(ErrorCode.FINAL_SIZE, out -> stream(out, 0, 0, 5, true));
    }

    @Test
    void aResetWithAnotherSize() {
        rogue.send(out -> stream(out, 0, 0, 10, true));
        violates(ErrorCode.FINAL_SIZE, out -> reset(out, 0, 11));
    }

    @Test
    void aResetBelowWhatCame() {
        rogue.send(out -> stream(out, 0, 20, 10, false));
        violates(ErrorCode.FINAL_SIZE, out -> reset(out, 0, 29));
    }

    @Test
    void twoResetsWithTwoSizes() {
        rogue.send(out -> reset(out, 0, 30));
        violates(ErrorCode.FINAL_SIZE, out -> reset(out, 0, 31));
    }

    @Test
    void dataBeyondAReset() {
        rogue.send(out -> reset(out, 0, 30));
        violates(ErrorCode.FINAL_SIZE, out -> stream(out, 0, 30, 1, false));
    }

    @Test
    void aResetBeyondTheStreamsWindow() {
        violates(ErrorCode.FLOW_CONTROL, out -> reset(out, 0, 1024 * 1024 + 1));
    }

    @Test
    void aResetBeyondTheConnectionsWindow() {
        rogue.send(out -> reset(out, 0, 1024 * 1024));
        rogue.answers();
        rogue.send(out -> stream(out, 2, 1024 * 1024 - 1, 1, false));
        rogue.send(out -> stream(out, 4, 1024 * 1024 - 1, 1, false));
        assertThat(rogue.server.over()).as("what was given up takes no room").isFalse();
        violates(ErrorCode.FLOW_CONTROL, out -> reset(out, 6, 1));
    }

    @Test
    void offsetsAtTheEndOfNumbers() {
        violates(ErrorCode.FLOW_CONTROL, out -> stream(out, 0, LARGEST, 0, true));
    }

    @Test
    void offsetsBeyondTheEndOfNumbers() {
        violates(ErrorCode.FRAME_ENCODING, out -> stream(out, 0, LARGEST, 1, false));
    }

    @Test
    void aResetAtTheEndOfNumbers() {
        violates(ErrorCode.FLOW_CONTROL, out -> reset(out, 0, LARGEST));
    }

    @Test
    void aStreamAtTheEndOfNumbers() {
        violates(ErrorCode.STREAM_LIMIT, out -> stream(out, LARGEST - 1, 0, 1, false));
    }

    @Test
    void aWindowForAStreamThatWasNotOpened() {
        violates(ErrorCode.STREAM_STATE, out -> {
            out.u8(FrameType.MAX_STREAM_DATA);
            out.varInt(LARGEST);
            out.varInt(1);
        });
    }

    @Test
    void aStopOfAStreamThatWasNotOpened() {
        violates(ErrorCode.STREAM_STATE, out -> {
            out.u8(FrameType.STOP_SENDING);
            out.varInt(1);
            out.varInt(1);
        });
    }

    /** Windows are never taken back, and the largest are only large. */
    @Test
    void windowsOfAllSizes() {
        long stream = rogue.server.open();
        for (long max : new long[]{LARGEST, 0}) {
            rogue.send(out -> {
                out.u8(FrameType.MAX_DATA);
                out.varInt(max);
                out.u8(FrameType.MAX_STREAM_DATA);
                out.varInt(stream);
                out.varInt(max);
                out.u8(FrameType.MAX_STREAMS);
                out.varInt(max);
            });
        }
        assertThat(rogue.server.write(stream, new byte[1000], 0, 1000)).isEqualTo(1000);
        assertThat(rogue.answers()).isPositive();
        assertThat(rogue.server.open()).isEqualTo(stream + 2);
        assertThat(rogue.server.over()).isFalse();
    }

    /** Frames without data take no memory, wherever they are. */
    @Test
    void emptyFramesAtManyPlaces() {
        for (int i = 0; i < 20_000; i++) {
            int offset = 2 * i;
            rogue.send(out -> stream(out, 0, offset, 0, false));
        }
        assertThat(rogue.server.over()).isFalse();
        assertThat(rogue.server.memory()).isZero();
        assertThat(rogue.server.readable(0)).isZero();
    }

    @Test
    void anAcknowledgementOfWhatWasNeverSent() {
        violates(ErrorCode.VIOLATION, out -> ack(out, 1_000_000, 0));
    }

    /** Numbers are left out now and then, so that who acknowledges what he has not seen is found out. */
    @Test
    void anAcknowledgementOfANumberThatWasLeftOut() {
        long stream = rogue.server.open();
        while (rogue.numbers.size() == rogue.numbers.getLast() + 1) {
            assertThat(rogue.numbers).as("one in a thousand is left out").hasSizeLessThan(2000);
            rogue.server.write(stream, new byte[1], 0, 1);
            rogue.pass(5_000_000);
            rogue.answers();
            long last = rogue.numbers.getLast();
            if (rogue.numbers.size() == last + 1) {
                rogue.send(out -> ack(out, last, last));
                assertThat(rogue.server.over()).isFalse();
            }
        }
        violates(ErrorCode.VIOLATION, out -> ack(out, rogue.numbers.getLast(), rogue.numbers.getLast()));
    }

    /** A genuine packet that somebody sends on from elsewhere: that address is asked, and gets no data before it has answered. */
    @Test
    void aSpoofedSourceGetsAQuestionAndNoData() {
        NetworkPath spoofed = new NetworkPath(0, Simulation.address(66, 6666));
        long stream = rogue.server.open();
        byte[] much = new byte[50_000];
        byte[] packet = rogue.seal(out -> out.u8(FrameType.PING));
        rogue.deliverFrom(spoofed, packet);
        rogue.server.write(stream, much, 0, much.length);
        assertThat(rogue.bytesTo(spoofed)).isPositive().isLessThanOrEqualTo(3 * packet.length);
        assertThat(rogue.server.path()).isNotEqualTo(spoofed);
    }

    @Test
    void anAcknowledgementBelowZero() {
        violates(ErrorCode.FRAME_ENCODING, out -> ack(out, 0, 5));
    }

    @Test
    void anUnknownFrame() {
        violates(ErrorCode.FRAME_ENCODING, out -> out.u8(0x3f));
    }

    @Test
    void anUnknownFrameThatMayBeSkippedIs() {
        rogue.send(out -> {
            out.varInt(0x40);
            out.varInt(3);
            out.zeros(3);
            stream(out, 0, 0, 10, true);
        });
        assertThat(rogue.server.over()).isFalse();
        assertThat(rogue.server.readable(0)).isEqualTo(10);
    }

    @Test
    void aFrameBeyondThePacket() {
        violates(ErrorCode.FRAME_ENCODING, out -> {
            out.u8(FrameType.STREAM | FrameType.STREAM_LEN);
            out.varInt(0);
            out.varInt(1000);
        });
    }

    @Test
    void aWrongConnectionIdRetired() {
        violates(ErrorCode.CONNECTION_ID, out -> {
            out.u8(FrameType.RETIRE_CONNECTION_ID);
            out.varInt(99);
        });
    }

    @Test
    void tooManyConnectionIds() {
        violates(ErrorCode.CONNECTION_ID, out -> {
            for (int i = 10; i < 20; i++) {
                out.u8(FrameType.NEW_CONNECTION_ID);
                out.varInt(i);
                out.varInt(0);
                out.u8(9);
                out.u8(0);
                out.i64(i);
                out.zeros(16);
            }
        });
    }

    @Test
    void aClientThatSpeaksAsAServer() {
        violates(ErrorCode.VIOLATION, out -> out.u8(FrameType.HANDSHAKE_DONE));
    }

    @Test
    void gapsUpToTheLimitAreKeptAndOneMoreIsNot() {
        for (int i = 0; i < 10_000; i++) {
            int offset = 1 + 2 * i;
            rogue.send(out -> stream(out, 0, offset, 1, false));
        }
        assertThat(rogue.server.over()).isFalse();
        violates(ErrorCode.VIOLATION, out -> stream(out, 0, 30_000, 1, false));
    }

    @Test
    void replaysChangeNothing() {
        byte[] packet = rogue.seal(out -> stream(out, 0, 0, 10, false));
        rogue.deliver(packet.clone());
        long received = rogue.server.stats().packetsReceived();
        for (int i = 0; i < 100; i++) {
            rogue.deliver(packet.clone());
        }
        assertThat(rogue.server.stats().packetsReceived()).isEqualTo(received);
        assertThat(rogue.server.readable(0)).isEqualTo(10);
    }

    @Test
    void strangersChangeNothing() {
        SplittableRandom random = new SplittableRandom(4);
        byte[] genuine = rogue.seal(out -> stream(out, 0, 0, 10, false));
        long received = rogue.server.stats().packetsReceived();
        for (int i = 0; i < 2000; i++) {
            byte[] forged = genuine.clone();
            if (i % 3 == 0) {
                random.nextBytes(forged);
                System.arraycopy(genuine, 0, forged, 0, 10);
            } else if (i % 3 == 1) {
                forged[random.nextInt(forged.length)] ^= (byte) (1 + random.nextInt(255));
            } else {
                forged = java.util.Arrays.copyOf(forged, random.nextInt(forged.length));
            }
            rogue.deliver(forged);
        }
        assertThat(rogue.server.stats().packetsReceived()).isEqualTo(received);
        assertThat(rogue.server.isEstablished()).isTrue();
        assertThat(rogue.answers()).isZero();
        rogue.deliver(genuine);
        assertThat(rogue.server.readable(0)).isEqualTo(10);
    }

    static void stream(ByteWriter out, long id, long offset, int length, boolean fin) {
        out.u8(FrameType.STREAM | FrameType.STREAM_OFF | FrameType.STREAM_LEN | (fin ? FrameType.STREAM_FIN : 0));
        out.varInt(id);
        out.varInt(offset);
        out.varInt(length);
        out.zeros(length);
    }

    private static void reset(ByteWriter out, long id, long size) {
        out.u8(FrameType.RESET_STREAM);
        out.varInt(id);
        out.varInt(1);
        out.varInt(size);
    }

    private static void ack(ByteWriter out, long largest, long first) {
        out.u8(FrameType.ACK);
        out.varInt(largest);
        out.varInt(0);
        out.varInt(0);
        out.varInt(first);
    }
}
