package dev.sluice.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The one ordered writer of a session. Frames of one turn of the loop are gathered and flushed together, at the latest after
 * {@value #GATHER_FRAMES} frames or {@value #GATHER_BYTES} bytes; small ones share a TLS record, and a header is always in the record in
 * which its payload begins. A large payload is not copied, but for the part that fills the record of its header.
 *
 * <p>Each buffer that goes to the carrier is to become one TLS record, or several full ones: an {@code SslHandler} below must have a
 * wrap size of 0.
 *
 * <p>Belongs to the loop of the session.
 */
public final class MuxWriter {
    /** Plaintext bytes of a full TLS record (RFC 8446 §5.1). */
    public static final int RECORD = 16 * 1024;
    /** When this many bytes wait for the carrier, data must wait its turn: what control frames find in front of them. */
    public static final int GATHER_BYTES = 256 * 1024;
    /** So many frames are flushed, although more may come. */
    public static final int GATHER_FRAMES = 64;

    /** Makes records of the first packets of a session in a way of its own. */
    public interface Shaper {
        /**
         * One packet: everything gathered for one flush.
         *
         * @return whether it wants the next packet, too
         * @implNote takes ownership of {@code packet}
         */
        boolean shape(ByteBuf packet, Records records);
    }

    /** Takes finished records. */
    public interface Records {
        /**
         * The next record.
         *
         * @implNote takes ownership
         */
        void add(ByteBuf record);
    }

    private final ChannelHandlerContext carrier;
    private final Runnable afterTurn;
    private final Runnable flushTask = this::endOfTurn;
    private final Records records = this::toCarrier;
    private @Nullable ByteBuf open; // the record, or the packet, that is being filled
    private @Nullable Shaper shaper;
    private int frames;
    private boolean scheduled;
    private boolean unflushed; // the carrier has bytes that it was not told to send
    private boolean closed;

    /**
     * A writer for the channel of {@code carrier}.
     *
     * @param afterTurn is run when what was gathered in a turn has been flushed, and never within another call
     */
    MuxWriter(ChannelHandlerContext carrier, Runnable afterTurn) {
        this.carrier = carrier;
        this.afterTurn = afterTurn;
    }

    /** From the next frame on packets go through {@code next}, until it wants no more. */
    public void shape(Shaper next) {
        flush();
        shaper = next;
    }

    /** How many bytes may be gathered before data has to wait. May be negative. */
    public long room() {
        return carrier.channel().bytesBeforeUnwritable() - (open == null ? 0 : open.readableBytes());
    }

    /** Bytes that wait for the carrier. */
    public long pending() {
        return GATHER_BYTES - room();
    }

    /**
     * Begins a frame.
     *
     * @param header bytes of its header, to be written to what comes
     * @param payload bytes of what {@link #payload} brings then
     */
    public ByteBuf frame(int header, int payload) {
        frames++;
        ByteBuf current = open;
        if (shaper != null) {
            if (current == null) {
                current = carrier.alloc().directBuffer(Math.max(256, header + payload));
                open = current;
            }
            return current;
        }
        int wanted = header + payload;
        if (current != null && current.maxWritableBytes() < wanted) {
            seal();
            current = null;
        }
        if (current == null) {
            current = carrier.alloc().directBuffer(Math.min(RECORD, Math.max(64, wanted)), RECORD);
            open = current;
        }
        return current;
    }

    /**
     * The payload of the frame that {@link #frame} has begun.
     *
     * @implNote takes ownership of {@code bytes}
     */
    public void payload(ByteBuf bytes) {
        ByteBuf record = Objects.requireNonNull(open);
        int length = bytes.readableBytes();
        int fits = record.maxWritableBytes();
        if (length <= fits) {
            record.writeBytes(bytes);
            bytes.release();
        } else {
            record.writeBytes(bytes, fits);
            seal();
            toCarrier(bytes);
        }
    }

    private void seal() {
        ByteBuf full = open;
        open = null;
        if (full != null) {
            toCarrier(full);
        }
    }

    private void toCarrier(ByteBuf bytes) {
        unflushed = true;
        carrier.write(bytes, carrier.voidPromise());
    }

    /** The frames gathered so far go out at the end of this turn of the loop, or now where there are many. */
    public void flushSoon() {
        if (closed) {
            return;
        }
        if (frames >= GATHER_FRAMES || room() <= 0) {
            flush();
        }
        turnSoon();
    }

    /** What is gathered goes out at the end of this turn of the loop, and then {@code afterTurn} runs; nothing happens before. */
    void turnSoon() {
        if (!scheduled && !closed) {
            scheduled = true;
            carrier.executor().execute(flushTask);
        }
    }

    private void endOfTurn() {
        scheduled = false;
        flush();
        if (!closed) {
            afterTurn.run();
        }
    }

    /** Sends what is gathered, now. */
    public void flush() {
        if (closed) {
            return;
        }
        frames = 0;
        ByteBuf packet = open;
        Shaper shaping = shaper;
        if (packet != null && shaping != null) {
            open = null;
            if (!shaping.shape(packet, records)) {
                shaper = null;
            }
        } else {
            seal();
        }
        if (unflushed) {
            unflushed = false;
            carrier.flush();
        }
    }

    /** Drops what is gathered; nothing is sent any more. */
    void close() {
        closed = true;
        if (open != null) {
            open.release();
            open = null;
        }
    }
}
