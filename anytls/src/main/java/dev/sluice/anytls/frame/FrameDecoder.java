package dev.sluice.anytls.frame;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Takes frames out of a byte stream, however it is cut into pieces. Bytes of streams pass on as slices, as soon as they are there;
 * the data of {@linkplain Command#keepsData some} commands is kept until it is whole, at most {@value Frames#MAX_DATA} bytes; all
 * other data is dropped as it comes, so that a command of a future version does no harm.
 */
public final class FrameDecoder {
    private static final byte[] NONE = new byte[0];
    /** A peer that only announces much data makes nobody reserve much memory. */
    private static final int FIRST_PIECE = 1024;

    /** Gets what was decoded. */
    public interface Sink {
        /**
         * Bytes of a stream: a whole frame's, or a part.
         *
         * @implNote takes ownership of {@code bytes}
         */
        void data(int stream, ByteBuf bytes);

        /**
         * A whole frame of any command but {@link Command#PSH}.
         *
         * @param length what its header says
         * @param data its data where that is kept, otherwise empty
         */
        void frame(int command, int stream, int length, byte[] data);
    }

    private long header;
    private int headerBytes;
    private int command;
    private int stream;
    private int length;
    private int left;
    private byte[] kept = NONE;
    private boolean stopped;

    /** At the beginning of a session. */
    public FrameDecoder() {}

    /** Drops whatever comes from now on. */
    public void stop() {
        stopped = true;
        kept = NONE;
    }

    /** Takes all of {@code in}; the caller releases it. */
    public void decode(ByteBuf in, Sink sink) {
        while (in.isReadable() && !stopped) {
            if (headerBytes < Frames.HEADER) {
                readHeader(in);
                if (headerBytes == Frames.HEADER) {
                    begin(sink);
                }
            } else {
                readData(in, sink);
            }
        }
        if (stopped) {
            in.skipBytes(in.readableBytes());
        }
    }

    private void readHeader(ByteBuf in) {
        if (headerBytes == 0 && in.readableBytes() >= Frames.HEADER) {
            command = in.readUnsignedByte();
            stream = in.readInt();
            length = in.readUnsignedShort();
            headerBytes = Frames.HEADER;
            return;
        }
        header = header << 8 | in.readUnsignedByte();
        if (++headerBytes == Frames.HEADER) {
            command = (int) (header >>> 48) & 0xff;
            stream = (int) (header >>> 16);
            length = (int) header & 0xffff;
        }
    }

    private void begin(Sink sink) {
        left = length;
        if (Command.keepsData(command)) {
            kept = new byte[Math.min(length, FIRST_PIECE)];
        }
        if (left == 0) {
            end(sink);
        }
    }

    private void readData(ByteBuf in, Sink sink) {
        int bytes = Math.min(left, in.readableBytes());
        if (command == Command.PSH) {
            left -= bytes; // before the sink is told: it may stop us
            sink.data(stream, in.readRetainedSlice(bytes));
        } else {
            if (Command.keepsData(command)) {
                int have = length - left;
                if (have + bytes > kept.length) {
                    kept = Arrays.copyOf(kept, Math.min(length, Math.max(have + bytes, 2 * kept.length)));
                }
                in.readBytes(kept, have, bytes);
            } else {
                in.skipBytes(bytes);
            }
            left -= bytes;
        }
        if (left == 0) {
            end(sink);
        }
    }

    private void end(Sink sink) {
        byte[] data = kept;
        headerBytes = 0;
        header = 0;
        kept = NONE;
        if (command != Command.PSH) {
            sink.frame(command, stream, length, data);
        }
    }
}
