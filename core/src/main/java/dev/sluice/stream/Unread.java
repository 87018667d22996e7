package dev.sluice.stream;

/**
 * A question from the source of a byte stream to its readers: how much of what it gave them has nobody taken yet? It goes up the
 * pipeline as a user event; a handler that keeps bytes adds their number, and passes it on where others may follow. Asked twice, it
 * tells a slow reader from one who has stopped, at no cost to those who read.
 *
 * <p>Belongs to the loop that asks.
 */
public final class Unread {
    private long bytes;

    /** Nothing so far. */
    public Unread() {}

    /** So many more are kept here. */
    public void add(long kept) {
        bytes += kept;
    }

    /** The answer of all. */
    public long bytes() {
        return bytes;
    }
}
