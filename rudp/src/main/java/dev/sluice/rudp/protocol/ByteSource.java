package dev.sluice.rudp.protocol;

/** Bytes to write to a stream, wherever they are: copied once, to where the stream keeps them. */
@FunctionalInterface
public interface ByteSource {
    /** Copies {@code length} bytes, from the {@code from}-th on. */
    void copy(int from, byte[] to, int at, int length);
}
