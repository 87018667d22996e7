package dev.sluice.rudp.protocol.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One side of the handshake, a Noise handshake by a registered name. Messages go by turns, the client's first: IK is two messages, XX
 * three. The owner carries them in datagrams, sends them again where they may be lost, and offers only messages that are due.
 *
 * <p>Methods: {@link #writeMessage} and {@link #readMessage} by turns until {@link #complete()}, then {@link #packetProtection}.
 * {@link #earlyProtection} after message 1 of IK. A message that is not genuine changes nothing. Its owner's thread only; message
 * functions cost up to 1 ms of processor time (X25519).
 *
 * <p>The shared secret: IK mixes it into message 1 behind the server's static key. XX must not show anything made of the secret alone to
 * a server that may be false, so its messages 1 and 2 carry the shares of a password-authenticated exchange ({@link Cpace}), and its
 * result is what the modifier {@code psk3} mixes in. {@code docs/adr/rudp-handshake.md} has the reasons.
 */
public final class Handshake {
    /** Bytes that a message adds to its payload, at most, whatever the suite: keys, tags and the share of the secret. */
    public static final int MAX_OVERHEAD = 32 + 32 + 16 + 16 + 32;

    private static final byte[] LABEL = "sluice rudp".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NONE = {};

    private final Suite suite;
    private final boolean client;
    private final NoiseHandshake noise;
    private final @Nullable PublicKey pinned;
    /** For XX alone. */
    private final @Nullable SharedSecret secret;
    private @Nullable Cpace cpace;
    private byte @Nullable [] earlySecret;
    private boolean pinMismatch;

    private Handshake(Suite suite, boolean client, NoiseHandshake noise, @Nullable PublicKey pinned,
            @Nullable SharedSecret secret) {
        if (suite.secret() != (secret != null)) {
            throw new IllegalArgumentException(suite.secret() ? "the suite needs a secret" : "the suite takes no secret");
        }
        this.suite = suite;
        this.client = client;
        this.noise = noise;
        this.pinned = pinned;
        this.secret = suite.pattern() == Suite.Pattern.XX ? secret : null;
        if (secret != null && this.secret == null) {
            noise.setPsk(secret.psk());
        }
    }

    /**
     * A client's side.
     *
     * @param suite with pattern IK if {@code serverKey} is known, with a secret if {@code secret} is given
     * @param self the client's static key
     * @param serverKey the server's static key for IK; for XX the key that was pinned, or null at first use
     * @param secret the shared secret, or null
     * @param prologue what both sides must see alike: {@link #prologue}
     */
    public static Handshake client(Suite suite, StaticKey self, @Nullable PublicKey serverKey, @Nullable SharedSecret secret,
            byte[] prologue) {
        boolean ik = suite.pattern() == Suite.Pattern.IK;
        return new Handshake(suite, true,
                new NoiseHandshake(suite, true, self.pair(), null, ik ? serverKey : null, prologue),
                ik ? null : serverKey, secret);
    }

    /**
     * A server's side, for the suite of a client's first packet.
     *
     * @param secret the shared secret, or null; must be there exactly if the suite says so
     */
    public static Handshake server(Suite suite, StaticKey self, @Nullable SharedSecret secret, byte[] prologue) {
        return new Handshake(suite, false, new NoiseHandshake(suite, false, self.pair(), null, null, prologue), null,
                secret);
    }

    /**
     * The prologue: everything of the first packet that is not in a message and must not be changed on the way.
     *
     * @param version of the protocol
     * @param clientId the connection ID that the client chose for itself
     */
    public static byte[] prologue(int version, Suite suite, byte[] clientId) {
        byte[] prologue = new byte[LABEL.length + 4 + 1 + 1 + clientId.length];
        System.arraycopy(LABEL, 0, prologue, 0, LABEL.length);
        int at = LABEL.length;
        prologue[at] = (byte) (version >>> 24);
        prologue[at + 1] = (byte) (version >>> 16);
        prologue[at + 2] = (byte) (version >>> 8);
        prologue[at + 3] = (byte) version;
        prologue[at + 4] = (byte) suite.id();
        prologue[at + 5] = (byte) clientId.length;
        System.arraycopy(clientId, 0, prologue, at + 6, clientId.length);
        return prologue;
    }

    /** Whether the next message is this side's to write. */
    public boolean writes() {
        return noise.writes();
    }

    /** Number of the next message, from 1. */
    public int nextMessage() {
        return noise.next() + 1;
    }

    /** Bytes of the next message with a payload of this length. */
    public int messageLength(int payloadLength) {
        return noise.overhead() + (carriesShare() ? PublicKey.LENGTH : 0) + payloadLength;
    }

    /**
     * Whether the payload of the next message is encrypted to the peer's key or by fresh keys of both. False for message 1 of XX: anyone
     * can read that.
     */
    public boolean confidential() {
        return suite.pattern() == Suite.Pattern.IK || noise.next() > 0;
    }

    /**
     * Writes the next message.
     *
     * @param payload transport parameters and the like
     * @return its length
     * @throws HandshakeException if a key that the peer sent is unfit: this handshake can go no further
     */
    public int writeMessage(byte[] payload, byte[] out, int offset) throws HandshakeException {
        if (!writes()) {
            throw new IllegalStateException("message " + nextMessage() + " is the peer's");
        }
        byte[] content = payload;
        if (carriesShare()) {
            content = Arrays.copyOf(cpace().share().raw(), PublicKey.LENGTH + payload.length);
            System.arraycopy(payload, 0, content, PublicKey.LENGTH, payload.length);
        }
        int length = noise.write(content, out, offset);
        afterMessage();
        return length;
    }

    /**
     * Reads the next message.
     *
     * @return its payload
     * @throws HandshakeException if it is not genuine; nothing has changed then
     */
    public byte[] readMessage(byte[] in, int offset, int length) throws HandshakeException {
        if (complete() || writes()) {
            throw new HandshakeException("no message is due from the peer");
        }
        boolean share = carriesShare();
        NoiseHandshake.Mark mark = noise.mark();
        byte[] content = noise.read(in, offset, length);
        try {
            checkPin();
            if (share) {
                if (content.length < PublicKey.LENGTH) {
                    throw new HandshakeException("no share of the secret");
                }
                PublicKey theirs = PublicKey.of(Arrays.copyOf(content, PublicKey.LENGTH));
                byte[] key = cpace().key(theirs, client, NONE, NONE, NONE);
                noise.setPsk(Hkdf.noise(new byte[PublicKey.LENGTH], key, PublicKey.LENGTH));
                Arrays.fill(key, (byte) 0);
                content = Arrays.copyOfRange(content, PublicKey.LENGTH, content.length);
            }
        } catch (HandshakeException e) {
            noise.reset(mark);
            throw e;
        }
        mark.destroy();
        afterMessage();
        return content;
    }

    /** Whether all messages have been written and read. */
    public boolean complete() {
        return noise.complete();
    }

    /** The peer's static key, once known: a server knows a client's after message 1 of IK or 3 of XX. */
    public @Nullable PublicKey peerKey() {
        return noise.remoteStatic();
    }

    /**
     * Whether the server's key of an XX handshake is another one than was pinned. Known to the client after message 2, which is then
     * refused with a {@link HandshakeException}: this is the one failure to tell the user.
     */
    public boolean pinMismatch() {
        return pinMismatch;
    }

    /** Keys of data that goes with the first flight of IK: the client seals, the server opens. After message 1. */
    public PacketProtection earlyProtection() {
        if (earlySecret == null) {
            throw new IllegalStateException("early data goes with message 1 of IK");
        }
        return client ? PacketProtection.sealing(suite.aead(), earlySecret) : PacketProtection.opening(suite.aead(), earlySecret);
    }

    /** Keys of the connection. After the last message; call once. */
    public PacketProtection packetProtection() {
        if (!complete()) {
            throw new IllegalStateException("the handshake is not complete");
        }
        byte[] keys = noise.symmetric().split();
        byte[] toServer = Hkdf.expand(Arrays.copyOf(keys, 32), "client", 32);
        byte[] toClient = Hkdf.expand(Arrays.copyOfRange(keys, 32, 64), "server", 32);
        Arrays.fill(keys, (byte) 0);
        return PacketProtection.of(suite.aead(), client ? toServer : toClient, client ? toClient : toServer);
    }

    /** Wipes what can be wiped. */
    public void destroy() {
        noise.destroy();
        if (earlySecret != null) {
            Arrays.fill(earlySecret, (byte) 0);
        }
    }

    /** Messages 1 and 2 of XX with a secret carry a share of it in front of their payload. */
    private boolean carriesShare() {
        return secret != null && noise.next() < 2;
    }

    private Cpace cpace() throws HandshakeException {
        if (cpace == null) {
            cpace = new Cpace(Objects.requireNonNull(secret).generator());
        }
        return cpace;
    }

    private void afterMessage() {
        if (noise.next() == 1 && suite.pattern() == Suite.Pattern.IK) {
            earlySecret = noise.symmetric().export("early");
        }
    }

    private void checkPin() throws HandshakeException {
        PublicKey theirs = noise.remoteStatic();
        if (pinned != null && theirs != null && !pinned.equals(theirs)) {
            pinMismatch = true;
            throw new HandshakeException("the server's key is not the pinned one");
        }
    }
}
