package dev.sluice.rudp.protocol.crypto;

/**
 * Lets data of a first flight in once: remembers the first messages of the last seconds, bounded, and refuses what is older, what was
 * seen, and everything when it is full (the handshake then goes on without early data; nothing is lost, the client sends it again). One
 * for all loops of a server, behind one owner's thread.
 *
 * <p>The client says in the payload of its first message when it sent it. A server that was started less than a window ago cannot know
 * what it saw before, and refuses.
 */
public final class EarlyDataGuard {

    /**
     * A guard.
     *
     * @param capacity first messages remembered
     * @param windowMillis how old a first message may be, and how far clocks may be apart
     * @param startedAt wall clock, ms since 1970
     */
    public EarlyDataGuard(int capacity, long windowMillis, long startedAt) {}

    /**
     * Whether early data of this first message may be used.
     *
     * @param now wall clock, ms since 1970
     * @param clientTime what the client says
     * @param message the first message of the handshake; its first 32 bytes are its ephemeral key
     */
    public boolean admit(long now, long clientTime, byte[] message, int offset) {
        throw new UnsupportedOperationException();
    }
}
