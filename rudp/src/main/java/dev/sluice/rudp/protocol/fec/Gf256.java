package dev.sluice.rudp.protocol.fec;

/**
 * Arithmetic in the field of 256 elements, modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11d, as in CCSDS and most erasure codes). Products come from
 * a table of all of them, 64 KiB, a row for each factor, so that multiplying a block by one factor is one look-up for each byte.
 */
final class Gf256 {
    private static final int POLYNOMIAL = 0x11d;
    private static final byte[][] PRODUCTS = new byte[256][256];
    private static final byte[] INVERSES = new byte[256];

    static {
        for (int a = 0; a < 256; a++) {
            for (int b = a; b < 256; b++) {
                byte product = (byte) slowProduct(a, b);
                PRODUCTS[a][b] = product;
                PRODUCTS[b][a] = product;
                if (product == 1) {
                    INVERSES[a] = (byte) b;
                    INVERSES[b] = (byte) a;
                }
            }
        }
    }

    private Gf256() {}

    private static int slowProduct(int a, int b) {
        int product = 0;
        int shifted = a;
        for (int bits = b; bits != 0; bits >>= 1) {
            product ^= (bits & 1) != 0 ? shifted : 0;
            shifted <<= 1;
            shifted ^= (shifted & 0x100) != 0 ? POLYNOMIAL : 0;
        }
        return product;
    }

    static int multiply(int a, int b) {
        return PRODUCTS[a][b] & 0xff;
    }

    static int divide(int a, int b) {
        return multiply(a, INVERSES[b] & 0xff);
    }

    /** Adds {@code factor} times the bytes of {@code in} to those of {@code out}. */
    static void addProduct(int factor, byte[] in, int offset, int length, byte[] out, int outOffset) {
        if (factor == 1) {
            for (int i = 0; i < length; i++) {
                out[outOffset + i] ^= in[offset + i];
            }
        } else if (factor != 0) {
            byte[] row = PRODUCTS[factor];
            for (int i = 0; i < length; i++) {
                out[outOffset + i] ^= row[in[offset + i] & 0xff];
            }
        }
    }

    /** Multiplies the bytes of {@code data} by {@code factor}. */
    static void scale(int factor, byte[] data, int length) {
        byte[] row = PRODUCTS[factor];
        for (int i = 0; i < length; i++) {
            data[i] = row[data[i] & 0xff];
        }
    }
}
