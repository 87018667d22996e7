package dev.sluice.mux;

import static dev.sluice.mux.CheckedSession.BROKEN;
import static dev.sluice.mux.CheckedSession.DATA;
import static dev.sluice.mux.CheckedSession.FINISH;
import static dev.sluice.mux.CheckedSession.FRAMES;
import static dev.sluice.mux.CheckedSession.GIVE_UP;
import static dev.sluice.mux.CheckedSession.OPEN;
import static dev.sluice.mux.CheckedSession.REFUSE;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.CloseReason;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Any frames of the peer, any doings of users, any time between them. */
class MuxSessionFuzzTest {
    // The frames of a CheckedSession, and then what users, time and the carrier do.
    private static final int READ = 6;
    private static final int WRITE = 7;
    private static final int END_OUTPUT = 8;
    private static final int END_INPUT = 9;
    private static final int CLOSE = 10;
    private static final int RESET = 11;
    private static final int CREDIT = 12;
    private static final int PASS = 13;
    private static final int STICK = 14;
    private static final int END = 15;
    /** More frames come in the same read. */
    private static final int MORE = 0x80;

    private static final int[] SIZES = {0, 1, 100, 900, 1_500, 3_000, 9_000, 40_000};

    /** Pairs: what to do, and with which stream (3 bits) and which size, habit or way (the others). */
    private static final List<byte[]> CORPUS = List.of(
            script(OPEN, 1, DATA | MORE, 0x19, DATA, 0x11, READ, 1, WRITE, 0x21, FINISH, 1, READ, 1, END_OUTPUT, 1, CLOSE, 1),
            script(OPEN, 0x41, OPEN, 0x4a, DATA, 0x29, DATA | MORE, 0x1a, FINISH, 2, READ, 2, WRITE, 0x3a, END_OUTPUT, 2, READ,
                    1),
            script(OPEN, 0x40, WRITE, 0x38, WRITE, 0x38, END_OUTPUT, 0, CREDIT, 0x38, CREDIT, 0x38, READ, 0, FINISH, 0),
            script(OPEN, 1, OPEN, 2, DATA, 0x29, DATA, 0x29, PASS, 4, PASS, 40, PASS, 40, PASS, 40, READ, 1),
            script(OPEN, 1, OPEN, 2, DATA, 0x19, DATA | MORE, 0x1a, GIVE_UP, 1, PASS, 8, READ, 1, END, 1, READ, 2, PASS, 40),
            script(STICK, 0, OPEN, 0x40, OPEN, 0x41, WRITE, 0x38, CREDIT, 0x38, WRITE, 0x38, CREDIT, 0x38, WRITE, 0x38, CREDIT,
                    0x38, WRITE, 0x38, CREDIT, 0x38, WRITE, 0x38, CREDIT, 0x38, WRITE, 0x38, WRITE, 0x39, WRITE, 0x39, STICK, 0,
                    END_OUTPUT, 0),
            script(OPEN, 0x78, OPEN, 0x79, OPEN, 0x3a, DATA, 0x10, DATA, 0x11, READ, 0, END, 0, READ, 1, READ, 2),
            script(OPEN, 0x31, DATA, 0x19, READ, 1, OPEN, 0x12, DATA, 0x12, READ, 2, OPEN, 0x1a, DATA, 0x12, READ, 2, REFUSE,
                    2, BROKEN, 0, END_INPUT, 1, RESET, 2));

    private static byte[] script(int... steps) {
        byte[] bytes = new byte[steps.length];
        for (int i = 0; i < steps.length; i++) {
            bytes[i] = (byte) steps[i];
        }
        return bytes;
    }

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 2_000, MuxSessionFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return CORPUS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Nothing that {@link CheckedSession} finds wrong; with readers who read everything moves on; and at the end nothing is left. */
    static void fuzzerTestOneInput(byte[] input) {
        Run run = new Run();
        for (int at = 0; at + 1 < input.length; at += 2) {
            run.step(input[at] & 0xff, input[at + 1] & 0xff);
            run.settle();
        }
        run.moveOn();
        run.end();
    }

    /** A carrier that reads when it is asked to, and at times takes nothing. */
    private static final class Carrier extends EmbeddedChannel {
        private boolean asked;
        private boolean stuck;

        @Override
        protected void doBeginRead() {
            asked = true;
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer out) throws Exception {
            if (!stuck) {
                super.doWrite(out);
            }
        }
    }

    private static final class Run {
        /** Counts what is not released; the leak detector, who would say the same, would take most of the time. */
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        private final Carrier carrier = new Carrier();
        private final CheckedSession session = new CheckedSession(carrier);
        /** Frames that the session has not asked for yet. */
        private final ByteBuf coming = allocator.buffer();

        Run() {
            carrier.config().setAllocator(allocator);
            carrier.freezeTime();
            session.begin();
        }

        void step(int what, int arg) {
            int doing = what & 0x0f;
            if (doing < FRAMES) {
                int length = doing == DATA ? SIZES[arg >> 3 & 7] : 0;
                coming.writeByte(doing).writeByte(arg & 0x7f).writeInt(length).writeZero(length);
                if ((what & MORE) == 0) {
                    deliver();
                }
                return;
            }
            switch (doing) {
                case PASS -> pass(arg * 100L);
                case STICK -> {
                    carrier.stuck = !carrier.stuck;
                    carrier.flush();
                }
                case END -> {
                    if (carrier.isOpen()) {
                        end(arg & 3);
                    }
                }
                default -> session.newest(arg).ifPresent(stream -> use(stream, doing, SIZES[arg >> 3 & 7]));
            }
        }

        private void use(CheckedStream stream, int doing, int size) {
            switch (doing) {
                case READ -> stream.read();
                case WRITE -> stream.write(allocator, size);
                case END_OUTPUT -> {
                    stream.ending();
                    stream.shutdownOutput();
                }
                case END_INPUT -> stream.dropInput();
                case CLOSE -> stream.close();
                case RESET -> stream.reset(CloseReason.cancelled("fuzz"));
                default -> session.grant(stream, size); // CREDIT
            }
        }

        private void end(int way) {
            if (way != 0) {
                session.losing();
            }
            switch (way) {
                case 0 -> session.close(CloseReason.cancelled("fuzz"));
                case 1 -> carrier.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                case 2 -> carrier.pipeline().fireExceptionCaught(new IOException("fuzz"));
                default -> carrier.close();
            }
        }

        private void deliver() {
            if (carrier.asked && carrier.isOpen() && coming.isReadable()) {
                carrier.asked = false;
                carrier.writeInbound(coming.readBytes(coming.readableBytes()));
            }
        }

        private void pass(long millis) {
            session.now += TimeUnit.MILLISECONDS.toNanos(millis);
            carrier.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
            carrier.runScheduledPendingTasks();
        }

        /** This turn of the loop is over. */
        void settle() {
            carrier.runPendingTasks();
            for (ByteBuf next = carrier.readOutbound(); next != null; next = carrier.readOutbound()) {
                next.release();
            }
            carrier.checkException();
            session.checkTable();
            assertThat(session.wrong).isEmpty();
        }

        /** Everybody reads, and everything is taken. */
        void moveOn() {
            carrier.stuck = false;
            carrier.flush();
            long before;
            do {
                before = moved();
                List.copyOf(session.all).forEach(stream -> {
                    stream.read();
                    session.grant(stream, Integer.MAX_VALUE - stream.credit);
                });
                deliver();
                settle();
            } while (moved() != before);
            if (session.closeReason() == null) {
                assertThat(session.toString()).contains("unread 0,", "waiting to send 0").doesNotContain("paused");
                assertThat(carrier.asked).as("the carrier is read").isTrue();
                assertThat(session.all).as("everything written is sent")
                        .allMatch(stream -> stream.isIdle() || stream.isOutputShutdown());
            }
        }

        private long moved() {
            return session.all.size() + session.all.stream().mapToLong(CheckedStream::moved).sum();
        }

        void end() {
            session.close(CloseReason.shutdown("the test is over"));
            settle();
            List.copyOf(session.all).forEach(CheckedStream::close);
            settle();
            pass(CheckedSession.LIMITS.stall().toMillis());
            settle();
            assertThat(session.all).allMatch(stream -> stream.gone && !stream.isOpen());
            carrier.finishAndReleaseAll();
            coming.release();
            assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory()).as("bytes leaked").isZero();
        }
    }
}
