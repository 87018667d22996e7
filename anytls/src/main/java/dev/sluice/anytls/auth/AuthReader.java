package dev.sluice.anytls.auth;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads what opens an AnyTLS session: 32 bytes, the SHA-256 of the password; 2 bytes, the length of the padding that follows; the
 * padding, whose bytes mean nothing. It may come in any pieces, with the session's first frames right behind it.
 *
 * <p>Nothing is taken from the input until the hash is known to be somebody's: up to there the peer may be a browser that is to be
 * shown a web site, and its bytes must still be there. A hash that nobody has is noticed by its first
 * {@value PasswordHash#PREFIX} bytes, so that the shortest request of a browser has its answer at once; a wrong password is told
 * from garbage neither by the answer nor by the time of it. From there on nothing is kept: padding is dropped as it comes.
 *
 * <p>{@link #handle} is called with everything that is there and what has come since; the rest says how it stands.
 *
 * @param <U> a user
 */
public final class AuthReader<U> {

    /** Who is known. */
    public interface Known<U> {
        /** Whether somebody's hash begins with these {@value PasswordHash#PREFIX} bytes. */
        boolean begins(byte[] first);

        /** Whose hash these {@value PasswordHash#LENGTH} bytes are; null where nobody's. */
        @Nullable
        U find(byte[] hash);
    }

    /** How it stands. */
    public enum Verdict {
        /** More bytes are needed. */
        MORE,
        /** This is no client of ours: all its bytes are still in the input. */
        REJECTED,
        /** The {@link #user()} is known, and what is left in the input belongs to the session. */
        ACCEPTED
    }

    private enum State {
        PREFIX, HASH, LENGTH, PADDING
    }

    private final Known<U> known;
    private State state = State.PREFIX;
    private @Nullable U user;
    private int padding;

    /** Nothing read yet. */
    public AuthReader(Known<U> known) {
        this.known = known;
    }

    /** Looks at, and from the right hash on takes, what is there. */
    public Verdict handle(ByteBuf in) {
        if (state == State.PREFIX) {
            if (in.readableBytes() < PasswordHash.PREFIX) {
                return Verdict.MORE;
            }
            if (!known.begins(first(in, PasswordHash.PREFIX))) {
                return Verdict.REJECTED;
            }
            state = State.HASH;
        }
        if (state == State.HASH) {
            if (in.readableBytes() < PasswordHash.LENGTH) {
                return Verdict.MORE;
            }
            user = known.find(first(in, PasswordHash.LENGTH));
            if (user == null) {
                return Verdict.REJECTED;
            }
            in.skipBytes(PasswordHash.LENGTH);
            state = State.LENGTH;
        }
        return skipPadding(in);
    }

    private Verdict skipPadding(ByteBuf in) {
        if (state == State.LENGTH) {
            if (in.readableBytes() < Short.BYTES) {
                return Verdict.MORE;
            }
            padding = in.readUnsignedShort();
            state = State.PADDING;
        }
        int here = Math.min(padding, in.readableBytes());
        in.skipBytes(here);
        padding -= here;
        return padding == 0 ? Verdict.ACCEPTED : Verdict.MORE;
    }

    private static byte[] first(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.getBytes(in.readerIndex(), bytes);
        return bytes;
    }

    /** Whose hash it was; null until it is known. From then on the peer is no browser. */
    public @Nullable U user() {
        return user;
    }
}
