package dev.sluice.rudp.protocol.crypto;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Noise's HandshakeState (revision 34, §5.3) for the patterns of {@link Suite}: writes and reads messages by walking their tokens. A
 * message that cannot be read, or written because the peer's key is unfit, leaves everything as it was.
 */
final class NoiseHandshake {
    private static final int DH = 32;
    private static final int TAG = 16;

    /** What a message is made of (§5.3, §9). */
    private enum Token {
        E, S, EE, ES, SE, SS, PSK
    }

    private static final Token[][] IK = {{Token.E, Token.ES, Token.S, Token.SS}, {Token.E, Token.EE, Token.SE}};
    private static final Token[][] IK_PSK1 = {{Token.E, Token.ES, Token.S, Token.SS, Token.PSK}, {Token.E, Token.EE, Token.SE}};
    private static final Token[][] XX = {{Token.E}, {Token.E, Token.EE, Token.S, Token.ES}, {Token.S, Token.SE}};
    private static final Token[][] XX_PSK3 = {{Token.E}, {Token.E, Token.EE, Token.S, Token.ES}, {Token.S, Token.SE, Token.PSK}};

    private final Token[][] messages;
    private final boolean initiator;
    private final boolean pskMode;
    private final X25519 s;
    /** Made when it is first needed: a server does not need it to refuse a first message. */
    private @Nullable X25519 e;

    private State state;
    private byte @Nullable [] psk;

    /** All that a message changes. */
    private static final class State {
        final SymmetricState symmetric;
        int next;
        @Nullable
        PublicKey rs;
        @Nullable
        PublicKey re;

        State(SymmetricState symmetric, int next, @Nullable PublicKey rs, @Nullable PublicKey re) {
            this.symmetric = symmetric;
            this.next = next;
            this.rs = rs;
            this.re = re;
        }

        State copy() {
            return new State(symmetric.copy(), next, rs, re);
        }
    }

    /**
     * A handshake that has not begun.
     *
     * @param ephemeral for test vectors; null for a fresh one
     * @param remoteStatic for the initiator of IK
     */
    NoiseHandshake(Suite suite, boolean initiator, X25519 local, @Nullable X25519 ephemeral, @Nullable PublicKey remoteStatic,
            byte[] prologue) {
        boolean ik = suite.pattern() == Suite.Pattern.IK;
        this.pskMode = suite.secret();
        this.messages = ik ? pskMode ? IK_PSK1 : IK : pskMode ? XX_PSK3 : XX;
        this.initiator = initiator;
        this.s = local;
        this.e = ephemeral;
        this.state = new State(new SymmetricState(suite.noiseName(), suite.aead()), 0, remoteStatic, null);
        state.symmetric.mixHash(prologue, 0, prologue.length);
        if (ik) {
            PublicKey responder = initiator ? state.rs : s.publicKey();
            if (responder == null) {
                throw new IllegalArgumentException("IK needs the server's key");
            }
            state.symmetric.mixHash(responder.raw(), 0, DH);
        }
    }

    /** The 32 bytes that the token psk mixes in; before the message that has it. */
    void setPsk(byte[] bytes) {
        psk = bytes;
    }

    boolean complete() {
        return state.next == messages.length;
    }

    boolean writes() {
        return !complete() && (state.next % 2 == 0) == initiator;
    }

    int next() {
        return state.next;
    }

    @Nullable
    PublicKey remoteStatic() {
        return state.rs;
    }

    SymmetricState symmetric() {
        return state.symmetric;
    }

    /** Bytes that the next message adds to its payload. */
    int overhead() {
        boolean key = state.symmetric.hasKey();
        int bytes = 0;
        for (Token token : messages[state.next]) {
            switch (token) {
                case E -> {
                    bytes += DH;
                    key |= pskMode;
                }
                case S -> bytes += DH + (key ? TAG : 0);
                default -> key = true;
            }
        }
        return bytes + (key ? TAG : 0);
    }

    int write(byte[] payload, byte[] out, int offset) throws HandshakeException {
        State after = state.copy();
        int at = offset;
        for (Token token : messages[state.next]) {
            switch (token) {
                case E -> {
                    byte[] own = ownEphemeral().publicKey().raw();
                    System.arraycopy(own, 0, out, at, DH);
                    at += DH;
                    ephemeral(after, own);
                }
                case S -> at += after.symmetric.encryptAndHash(s.publicKey().raw(), out, at);
                default -> mix(after, token);
            }
        }
        at += after.symmetric.encryptAndHash(payload, out, at);
        commit(after);
        return at - offset;
    }

    byte[] read(byte[] in, int offset, int length) throws HandshakeException {
        State after = state.copy();
        int at = offset;
        int end = offset + length;
        for (Token token : messages[state.next]) {
            switch (token) {
                case E -> {
                    byte[] theirs = Arrays.copyOfRange(in, at, require(at + DH, end));
                    at += DH;
                    after.re = PublicKey.of(theirs);
                    ephemeral(after, theirs);
                }
                case S -> {
                    int bytes = DH + (after.symmetric.hasKey() ? TAG : 0);
                    require(at + bytes, end);
                    after.rs = PublicKey.of(after.symmetric.decryptAndHash(in, at, bytes, "static key"));
                    at += bytes;
                }
                default -> mix(after, token);
            }
        }
        byte[] payload = after.symmetric.decryptAndHash(in, at, end - at, "payload");
        commit(after);
        return payload;
    }

    void destroy() {
        state.symmetric.destroy();
        if (psk != null) {
            Arrays.fill(psk, (byte) 0);
        }
    }

    /** Where a handshake can be set back to. */
    static final class Mark {
        private final State state;

        private Mark(State state) {
            this.state = state;
        }

        void destroy() {
            state.symmetric.destroy();
        }
    }

    /** The state before the next message, for {@link #reset}. */
    Mark mark() {
        return new Mark(state.copy());
    }

    /** Forgets the last message. */
    void reset(Mark mark) {
        state.symmetric.destroy();
        state = mark.state;
    }

    private void commit(State after) {
        after.next++;
        state.symmetric.destroy();
        state = after;
    }

    private void ephemeral(State after, byte[] key) {
        after.symmetric.mixHash(key, 0, DH);
        if (pskMode) {
            after.symmetric.mixKey(key);
        }
    }

    private void mix(State after, Token token) throws HandshakeException {
        if (token == Token.PSK) {
            if (psk == null) {
                throw new IllegalStateException("no secret was set");
            }
            after.symmetric.mixKeyAndHash(psk);
            return;
        }
        // the first letter is the initiator's key, the second the responder's
        boolean ownEphemeral = token == Token.EE || token == (initiator ? Token.ES : Token.SE);
        boolean theirEphemeral = token == Token.EE || token == (initiator ? Token.SE : Token.ES);
        PublicKey theirs = theirEphemeral ? after.re : after.rs;
        if (theirs == null) {
            throw new IllegalStateException("a key of the peer is not known yet");
        }
        byte[] shared = (ownEphemeral ? ownEphemeral() : s).agree(theirs);
        after.symmetric.mixKey(shared);
        Arrays.fill(shared, (byte) 0);
    }

    private X25519 ownEphemeral() {
        if (e == null) {
            e = X25519.generate();
        }
        return e;
    }

    private static int require(int needed, int end) throws HandshakeException {
        if (needed > end) {
            throw new HandshakeException("too short");
        }
        return needed;
    }
}
