package dev.sluice.rudp.protocol;

/** Where the bytes go that are read of a stream. */
@FunctionalInterface
public interface ByteSink {
    /** Takes the next bytes; the array is the caller's, and soon has others in it. */
    void take(byte[] from, int at, int length);
}
