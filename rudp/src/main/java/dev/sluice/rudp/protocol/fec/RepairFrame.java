package dev.sluice.rudp.protocol.fec;

/**
 * The body of a repair frame:
 *
 * <pre>
 * repair index, 1 byte: which of the block's repair symbols this is, 0 to 63
 * first packet, 8 bytes: packet number of the block's first source
 * span, 1 byte, 1 to 128: from the first source to the last, both counted
 * sources, (span + 7) / 8 bytes: bit n, the lowest of the first byte being 0, says that packet first + n is a source; first and last bit are 1
 * symbol, the rest of the frame: sum of the sources, each as two bytes of length, payload, and zeros up to the longest
 * </pre>
 */
final class RepairFrame {
    /** Bytes in front of the symbol, at most. */
    static final int MAX_HEAD = 1 + 8 + 1 + Cauchy.MAX_SOURCES / 8;
    /** Bytes of a source's length. */
    static final int LENGTH = 2;

    private RepairFrame() {}

    static int headLength(int span) {
        return 10 + (span + 7) / 8;
    }

    /** Writes what is in front of the symbol; gives its length. {@code low} and {@code high} are the bits of the sources. */
    static int writeHead(byte[] out, int offset, int index, long first, int span, long low, long high) {
        out[offset] = (byte) index;
        for (int i = 0; i < 8; i++) {
            out[offset + 1 + i] = (byte) (first >>> (56 - 8 * i));
        }
        out[offset + 9] = (byte) span;
        int bytes = (span + 7) / 8;
        for (int i = 0; i < bytes; i++) {
            out[offset + 10 + i] = (byte) (i < 8 ? low >>> (8 * i) : high >>> (8 * (i - 8)));
        }
        return 10 + bytes;
    }

    static long first(byte[] body, int offset) {
        long first = 0;
        for (int i = 0; i < 8; i++) {
            first = (first << 8) | (body[offset + 1 + i] & 0xff);
        }
        return first;
    }

    static int span(byte[] body, int offset) {
        return body[offset + 9] & 0xff;
    }

    /** Bits 0 to 63 of the sources, or with {@code half} 1 bits 64 to 127. */
    static long bits(byte[] body, int offset, int span, int half) {
        long bits = 0;
        int bytes = (span + 7) / 8;
        for (int i = 8 * half; i < Math.min(bytes, 8 * half + 8); i++) {
            bits |= (body[offset + 10 + i] & 0xffL) << (8 * (i - 8 * half));
        }
        return bits;
    }

    /** Whether it keeps the rules and its symbol is no longer than {@code maxSymbol}. */
    static boolean valid(byte[] body, int offset, int length, int maxSymbol) {
        if (length < 10) {
            return false;
        }
        int span = span(body, offset);
        if ((body[offset] & 0xff) >= Cauchy.MAX_REPAIRS || span < 1 || span > Cauchy.MAX_SOURCES || first(body, offset) < 0) {
            return false;
        }
        int symbol = length - headLength(span);
        if (symbol <= LENGTH || symbol > maxSymbol) {
            return false;
        }
        int last = span - 1;
        int above = body[offset + 10 + last / 8] & 0xff;
        return (body[offset + 10] & 1) != 0 && above >>> (last % 8) == 1;
    }
}
