package dev.sluice.rudp.protocol.fec;

/**
 * The factors of the code: repair symbol {@code j} is the sum of all source symbols {@code i}, each times {@code factor(j, i)}. They form
 * a Cauchy matrix, of which every square part can be inverted: so any repair symbols make up for as many sources. Each column is divided by its
 * first element, which changes nothing of that and makes the first repair symbol a plain sum.
 */
final class Cauchy {
    /** Sources of a block. */
    static final int MAX_SOURCES = 128;
    /** Repair symbols of a block. */
    static final int MAX_REPAIRS = 64;

    private Cauchy() {}

    static int factor(int repair, int source) {
        return Gf256.divide(source ^ MAX_SOURCES, source ^ (MAX_SOURCES + repair));
    }

    /**
     * Solves for missing sources.
     *
     * @param repairs which repair symbols, as many as sources
     * @param sources which sources
     * @param symbols for each repair symbol what is left of it without the sources that are known; the missing sources afterwards
     * @param length bytes of a symbol
     */
    static void solve(int[] repairs, int[] sources, byte[][] symbols, int length) {
        int size = repairs.length;
        int[][] matrix = new int[size][size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                matrix[row][column] = factor(repairs[row], sources[column]);
            }
        }
        // every leading square part can be inverted, so the elements of the diagonal are never 0 and rows need not change places
        for (int pivot = 0; pivot < size; pivot++) {
            int inverse = Gf256.divide(1, matrix[pivot][pivot]);
            scaleRow(matrix[pivot], inverse);
            Gf256.scale(inverse, symbols[pivot], length);
            for (int row = 0; row < size; row++) {
                int factor = matrix[row][pivot];
                if (row != pivot && factor != 0) {
                    for (int column = 0; column < size; column++) {
                        matrix[row][column] ^= Gf256.multiply(factor, matrix[pivot][column]);
                    }
                    Gf256.addProduct(factor, symbols[pivot], 0, length, symbols[row], 0);
                }
            }
        }
    }

    private static void scaleRow(int[] row, int factor) {
        for (int i = 0; i < row.length; i++) {
            row[i] = Gf256.multiply(factor, row[i]);
        }
    }
}
