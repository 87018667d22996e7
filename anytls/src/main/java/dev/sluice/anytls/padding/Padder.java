package dev.sluice.anytls.padding;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Splits and pads the first packets of one session by its scheme. A packet is what the session sends at once; the authentication was
 * packet 0. What comes out is the packet's bytes in their order, with {@link Command#WASTE} frames behind them; each buffer is to
 * become a record of its own.
 */
public final class Padder {
    private final PaddingScheme scheme;
    private final RandomGenerator random;
    private int packet;
    private boolean over;

    /** Before packet 1. */
    public Padder(PaddingScheme scheme, RandomGenerator random) {
        this.scheme = scheme;
        this.random = random;
        this.over = scheme.stop() <= 1;
    }

    /** Whether nothing is padded any more, and packets may be sent as they are. */
    public boolean over() {
        return over;
    }

    /**
     * Splits and pads the next packet.
     *
     * @param records gets each record and owns it
     * @implNote takes ownership of {@code bytes}
     */
    public void split(ByteBuf bytes, ByteBufAllocator allocator, Consumer<ByteBuf> records) {
        packet++;
        if (packet < scheme.stop()) {
            for (int size : scheme.draw(packet, random)) {
                if (size == PaddingScheme.CHECK) {
                    if (!bytes.isReadable()) {
                        break;
                    }
                } else {
                    records.accept(record(bytes, size, allocator));
                }
            }
        }
        over = packet + 1 >= scheme.stop();
        if (bytes.isReadable()) {
            records.accept(bytes);
        } else {
            bytes.release();
        }
    }

    private static ByteBuf record(ByteBuf bytes, int size, ByteBufAllocator allocator) {
        int length = bytes.readableBytes();
        if (length > size) {
            return bytes.readRetainedSlice(size);
        }
        if (length == 0) {
            return waste(allocator.directBuffer(Frames.HEADER + size), size);
        }
        int padding = size - length - Frames.HEADER;
        ByteBuf rest = bytes.readRetainedSlice(length);
        if (padding <= 0) {
            return rest; // up to 7 bytes short of its size
        }
        ByteBuf record = allocator.directBuffer(size).writeBytes(rest);
        rest.release();
        return waste(record, padding);
    }

    private static ByteBuf waste(ByteBuf out, int padding) {
        Frames.header(out, Command.WASTE, 0, padding);
        return out.writeZero(padding);
    }
}
