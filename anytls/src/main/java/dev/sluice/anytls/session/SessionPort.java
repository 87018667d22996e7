package dev.sluice.anytls.session;

import io.netty.buffer.ByteBuf;

/** What the state machine of a session acts on: its streams, and the way to the peer. */
public interface SessionPort {

    /** Whether the stream is open at our end. */
    boolean isOpen(int stream);

    /** How many streams are open. */
    int openStreams();

    /**
     * Bytes for a stream that may be open.
     *
     * @return whether it is
     * @implNote takes ownership of {@code bytes}
     */
    boolean data(int stream, ByteBuf bytes);

    /** The peer has ended an open stream, for both directions. */
    void finished(int stream);

    /** The peer has given an open stream up; what came of it is not complete. */
    void reset(int stream, String why);

    /** Sends a frame, behind all that was sent before. */
    void send(int command, int stream, byte[] data);

    /**
     * The session is over.
     *
     * @param byPeer whether the peer has ended it; otherwise the peer has broken the protocol
     * @param why for the log; words of the peer are not in it
     */
    void over(boolean byPeer, String why);

    /** Counts it. */
    void count(Anomaly what);
}
