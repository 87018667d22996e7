package dev.sluice.core;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A set of domain names, each with or without what lies below it. 100,000 names take some 3 MB, and a look-up takes one hash per
 * label, whatever the size; it allocates nothing.
 *
 * <p><b>How.</b> All names lie one after the other in one array of bytes; an open hash table holds their places. The hash of a
 * name runs from right to left, so that one pass over {@code a.b.example} gives the hashes of {@code example}, {@code b.example}
 * and {@code a.b.example} in passing.
 *
 * <p>Immutable; any thread.
 */
public final class DomainSet {
    /** The set without a name. */
    public static final DomainSet EMPTY = new Builder().build();

    private static final byte SELF = 1;
    private static final byte BELOW = 2;
    private static final int HEADER = 2; // length, then SELF and BELOW

    private final byte[] names;
    private final int[] table;
    private final int size;

    private DomainSet(byte[] names, int[] table, int size) {
        this.names = names;
        this.table = table;
        this.size = size;
    }

    /** Whether {@code name}, in the canonical form of {@link Host.Name}, is in the set, or lies below a name that brings that. */
    public boolean contains(String name) {
        if (size == 0) {
            return false;
        }
        int hash = 0;
        for (int i = name.length() - 1; i >= 0; i--) {
            hash = step(hash, name.charAt(i));
            if (i == 0 || name.charAt(i - 1) == '.') {
                int entry = find(name, i, hash);
                if (entry >= 0 && (names[entry + 1] & (i == 0 ? SELF : BELOW)) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private int find(String name, int from, int hash) {
        int mask = table.length - 1;
        for (int slot = mix(hash) & mask; table[slot] != 0; slot = (slot + 1) & mask) {
            int entry = table[slot] - 1;
            if (sameName(names, entry, name, from)) {
                return entry;
            }
        }
        return -1;
    }

    private static boolean sameName(byte[] names, int entry, String name, int from) {
        int length = names[entry] & 0xff;
        if (length != name.length() - from) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (names[entry + HEADER + i] != name.charAt(from + i)) {
                return false;
            }
        }
        return true;
    }

    /** FNV-1a, one character. */
    private static int step(int hash, int c) {
        return (hash ^ c) * 0x0100_0193;
    }

    private static int mix(int hash) {
        int h = (hash ^ (hash >>> 16)) * 0x85eb_ca6b;
        return h ^ (h >>> 13);
    }

    /** How many names it has. */
    public int size() {
        return size;
    }

    /** Whether it has no name. */
    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public String toString() {
        return size + " domains";
    }

    /** Gathers names for a {@link DomainSet}. One thread. */
    public static final class Builder {
        private byte[] names = new byte[64];
        private int used;
        private int[] table = new int[16];
        private int size;

        /** Nothing yet. */
        public Builder() {}

        /**
         * The name itself, and nothing below it.
         *
         * @throws InvalidDestinationException where it is no name
         */
        public Builder exact(String name) {
            add(HostNames.canonicalName(name), SELF);
            return this;
        }

        /**
         * The name and everything below it: {@code example.com}, {@code .example.com} and {@code +.example.com} say the same.
         * {@code *.example.com} is only what lies below.
         *
         * @throws InvalidDestinationException where it is no name
         */
        public Builder suffix(String name) {
            if (name.startsWith("*.")) {
                add(HostNames.canonicalName(name.substring(2)), BELOW);
            } else {
                int from = name.startsWith("+.") ? 2 : name.startsWith(".") ? 1 : 0;
                add(HostNames.canonicalName(name.substring(from)), (byte) (SELF | BELOW));
            }
            return this;
        }

        private void add(String name, byte flags) {
            int slot = slot(name);
            if (table[slot] != 0) {
                names[table[slot]] |= flags; // the entry's second byte
                return;
            }
            if (used + HEADER + name.length() > names.length) {
                names = Arrays.copyOf(names, Math.max(2 * names.length, used + HEADER + name.length()));
            }
            table[slot] = used + 1;
            names[used++] = (byte) name.length();
            names[used++] = flags;
            for (int i = 0; i < name.length(); i++) {
                names[used++] = (byte) name.charAt(i);
            }
            if (2 * ++size > table.length) {
                grow();
            }
        }

        private int slot(String name) {
            int hash = 0;
            for (int i = name.length() - 1; i >= 0; i--) {
                hash = step(hash, name.charAt(i));
            }
            int mask = table.length - 1;
            int slot = mix(hash) & mask;
            while (table[slot] != 0 && !sameName(names, table[slot] - 1, name, 0)) {
                slot = (slot + 1) & mask;
            }
            return slot;
        }

        private void grow() {
            table = new int[2 * table.length];
            for (int entry = 0; entry < used;) {
                int length = names[entry] & 0xff;
                table[slot(new String(names, entry + HEADER, length, StandardCharsets.ISO_8859_1))] = entry + 1;
                entry += HEADER + length;
            }
        }

        /** What was gathered so far. */
        public DomainSet build() {
            return new DomainSet(Arrays.copyOf(names, used), table.clone(), size);
        }
    }
}
