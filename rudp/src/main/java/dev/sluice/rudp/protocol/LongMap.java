package dev.sluice.rudp.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A map from longs without boxes: open addressing with linear probing, and deletion that leaves no tombstones. For streams by ID and
 * connections by connection ID.
 *
 * @param <V> what is found
 */
public final class LongMap<V> {
    private long[] keys = new long[16];
    private @Nullable Object[] values = new Object[16];
    private int size;

    /** An empty map. */
    public LongMap() {}

    /** How many are in it. */
    public int size() {
        return size;
    }

    /** What was put under this key. */
    @SuppressWarnings("unchecked")
    public @Nullable V get(long key) {
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (values[at] != null) {
            if (keys[at] == key) {
                return (V) values[at];
            }
            at = at + 1 & mask;
        }
        return null;
    }

    /** Puts a value where none is; returns false, and changes nothing, where one is already. */
    public boolean putIfAbsent(long key, V value) {
        if (get(key) != null) {
            return false;
        }
        if (size >= keys.length / 2) {
            resize();
        }
        insert(key, value);
        size++;
        return true;
    }

    /** Takes the value of this key out. */
    @SuppressWarnings("unchecked")
    public @Nullable V remove(long key) {
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (values[at] != null && keys[at] != key) {
            at = at + 1 & mask;
        }
        V removed = (V) values[at];
        if (removed == null) {
            return null;
        }
        size--;
        values[at] = null;
        // Close the gap: whatever probed over it moves back (Knuth, algorithm R).
        for (int next = at + 1 & mask; values[next] != null; next = next + 1 & mask) {
            int home = slot(keys[next], mask);
            if ((next - home & mask) >= (next - at & mask)) {
                keys[at] = keys[next];
                values[at] = values[next];
                values[next] = null;
                at = next;
            }
        }
        return removed;
    }

    /** Calls {@code action} with each value; the map must not change meanwhile. */
    @SuppressWarnings("unchecked")
    public void forEach(java.util.function.Consumer<? super V> action) {
        for (Object value : values) {
            if (value != null) {
                action.accept((V) value);
            }
        }
    }

    private static int slot(long key, int mask) {
        long hash = key * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> 32) & mask;
    }

    private void insert(long key, Object value) {
        int mask = keys.length - 1;
        int at = slot(key, mask);
        while (values[at] != null) {
            at = at + 1 & mask;
        }
        keys[at] = key;
        values[at] = value;
    }

    private void resize() {
        long[] oldKeys = keys;
        @Nullable
        Object[] oldValues = values;
        keys = new long[2 * oldKeys.length];
        values = new Object[2 * oldKeys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            Object value = oldValues[i];
            if (value != null) {
                insert(oldKeys[i], value);
            }
        }
    }
}
