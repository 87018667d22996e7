package dev.sluice.mux;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.net.ReadHold;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A session of a protocol of the simplest kind (what, number, length, data) that looks whether what it is asked for may be asked: bytes in
 * their order and within the credit, one end of a stream, nothing of a stream or for a session that is over. Belongs to the thread of
 * the test.
 */
final class CheckedSession extends MuxSession {
    static final MuxLimits LIMITS = new MuxLimits(2_000, 4_000, 10_000, Duration.ofSeconds(3));
    static final int IDS = 8;

    private static final int MAX_PAYLOAD = 20_000;

    // What a frame of the peer says.
    static final int OPEN = 0;
    static final int DATA = 1;
    static final int FINISH = 2;
    static final int GIVE_UP = 3;
    static final int REFUSE = 4;
    static final int BROKEN = 5;
    /** How many kinds there are. */
    static final int FRAMES = 6;

    private static final List<CheckedStream.Habit> HABITS = List.of(CheckedStream.Habit.values());

    /** Every stream that there was. */
    final List<CheckedStream> all = new ArrayList<>();
    /** The newest stream of each number. */
    private final @Nullable CheckedStream[] newest = new @Nullable CheckedStream[IDS];
    /** What was not as it should be. */
    final List<String> wrong = new ArrayList<>();
    /** Nanoseconds since the beginning. */
    long now;
    private int open;
    private int resting;
    private boolean over;

    CheckedSession(Channel carrier) {
        super(carrier, LIMITS);
    }

    void check(boolean right, String what) {
        if (!right) {
            wrong.add(what);
        }
    }

    Optional<CheckedStream> newest(int id) {
        return Optional.ofNullable(newest[id % IDS]);
    }

    Optional<CheckedStream> next(int id) {
        return newest(id + 1);
    }

    /** The session is about to be lost so that what had arrived can be read. */
    void losing() {
        all.forEach(CheckedStream::losing);
    }

    void checkTable() {
        check(streams() == open, "the table holds who is open: " + streams() + " of " + open);
        check(busy() == open - resting, "busy is who may send: " + busy() + " of " + (open - resting));
    }

    // What the peer says.

    @Override
    protected void decode(ByteBuf bytes) {
        while (bytes.isReadable() && closeReason() == null) {
            int what = bytes.readByte();
            int arg = bytes.readByte();
            ByteBuf data = bytes.readSlice(bytes.readInt());
            CheckedStream stream = (CheckedStream) stream(arg % IDS);
            if (what == BROKEN) {
                losing();
                close(CloseReason.of(Kind.PROTOCOL, Side.SELF, "broken"));
            } else if (what == OPEN) {
                if (stream == null) {
                    open(arg);
                }
            } else if (stream != null) {
                frame(what, stream, data);
            }
        }
    }

    private void open(int arg) {
        CheckedStream stream = new CheckedStream(this, arg % IDS, (arg & 0x40) != 0, HABITS.get(arg >> 3 & 7));
        all.add(stream);
        newest[stream.streamId()] = stream;
        open++;
        stream.config().setAllocator(carrier().alloc());
        stream.config().setWriteBufferWaterMark(new WriteBufferWaterMark(8 << 20, 16 << 20));
        add(stream);
        ReadHold.release(stream, pipeline -> pipeline.addLast(stream.user()));
    }

    private void frame(int what, CheckedStream stream, ByteBuf data) {
        switch (what) {
            case DATA -> deliver(stream, stream.number(data).retain());
            case FINISH -> {
                stream.peerFinished = true;
                finished(stream);
            }
            case GIVE_UP -> {
                stream.losing();
                lost(stream, CloseReason.of(Kind.RESET, Side.PEER, "given up"));
            }
            default -> refused(stream, CloseReason.of(Kind.UNREACHABLE, Side.PEER, "refused"));
        }
    }

    void grant(CheckedStream stream, int bytes) {
        stream.credit += bytes;
        windowOpened(stream);
    }

    // What the session asks for.

    private void checkSends(CheckedStream stream) {
        check(closeReason() == null && !stream.gone && !stream.wasReset, "nothing is sent of what is over");
    }

    @Override
    protected int maxPayload() {
        return MAX_PAYLOAD;
    }

    @Override
    protected int credit(MuxStream stream) {
        return ((CheckedStream) stream).credit;
    }

    @Override
    protected void writeData(MuxStream to, ByteBuf bytes) {
        CheckedStream stream = (CheckedStream) to;
        int length = bytes.readableBytes();
        checkSends(stream);
        check(!stream.outputEnded, "no bytes behind the end");
        check(length > 0 && length <= Math.min(MAX_PAYLOAD, stream.credit), "within the credit");
        for (int i = 0; i < length; i++) {
            check(bytes.getByte(bytes.readerIndex() + i) == CheckedStream.content(stream.sent + i), "our bytes in order");
        }
        stream.sent += length;
        stream.credit -= length;
        writer().frame(8, length).writeInt(stream.streamId()).writeInt(length);
        writer().payload(bytes);
    }

    @Override
    protected void writeFinish(MuxStream of) {
        CheckedStream stream = (CheckedStream) of;
        checkSends(stream);
        check(!stream.outputEnded, "one end of output");
        check(stream.isIdle(), "the end behind what was written");
        stream.outputEnded = true;
        writer().frame(8, 0).writeInt(stream.streamId()).writeInt(0);
    }

    @Override
    protected void writeReset(MuxStream of, CloseReason why) {
        CheckedStream stream = (CheckedStream) of;
        checkSends(stream);
        stream.wasReset = true;
        writer().frame(8, 0).writeInt(stream.streamId()).writeInt(-1);
    }

    @Override
    protected void resting(MuxStream stream) {
        resting++;
        check(((CheckedStream) stream).resting++ == 0, "it rests once");
    }

    @Override
    protected void closed(MuxStream of, CloseReason why) {
        CheckedStream stream = (CheckedStream) of;
        check(!over && !stream.gone, "one close");
        stream.gone = true;
        open--;
        resting -= stream.resting;
    }

    @Override
    protected void stalled(MuxStream stream) {
        check(!over && !((CheckedStream) stream).gone, "only who is there stalls");
    }

    @Override
    protected void ended(CloseReason why) {
        check(!over && open == 0, "the end comes once, and last");
        check(why.kind() != Kind.FAULT, "no fault: " + why);
        over = true;
    }
}
