package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.Handshake;
import dev.sluice.rudp.protocol.crypto.HandshakeException;
import dev.sluice.rudp.protocol.crypto.PacketProtection;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.crypto.Suite;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.Versions;
import org.jspecify.annotations.Nullable;

/** The real handshakes: Noise with this end's static key, and a shared secret where one is set. Immutable. */
public final class NoiseHandshakes implements HandshakeProvider {
    private final Suite suite;
    private final StaticKey self;
    private final @Nullable PublicKey serverKey;
    private final @Nullable SharedSecret secret;

    private NoiseHandshakes(Suite suite, StaticKey self, @Nullable PublicKey serverKey, @Nullable SharedSecret secret) {
        this.suite = suite;
        this.self = self;
        this.serverKey = serverKey;
        this.secret = secret;
    }

    /** For a client that knows the server's key: IK, one round trip, early data possible. */
    public static NoiseHandshakes known(Aead aead, StaticKey self, PublicKey server, @Nullable SharedSecret secret) {
        return new NoiseHandshakes(new Suite(Suite.Pattern.IK, secret != null, aead), self, server, secret);
    }

    /**
     * For a client that does not: XX.
     *
     * @param pinned the key that the server had before, which it must still have; null at first use
     */
    public static NoiseHandshakes unknown(Aead aead, StaticKey self, @Nullable PublicKey pinned, @Nullable SharedSecret secret) {
        return new NoiseHandshakes(new Suite(Suite.Pattern.XX, secret != null, aead), self, pinned, secret);
    }

    /** For a server, which takes both patterns and all ciphers, and the secret if it has one. */
    public static NoiseHandshakes server(StaticKey self, @Nullable SharedSecret secret) {
        return new NoiseHandshakes(new Suite(Suite.Pattern.XX, secret != null, Aead.AES_GCM), self, null, secret);
    }

    @Override
    public int suite() {
        return suite.id();
    }

    @Override
    public HandshakeSession client(ConnectionId id) {
        byte[] prologue = Handshake.prologue(Versions.V1, suite, id.bytes());
        return new Session(Handshake.client(suite, self, serverKey, secret, prologue));
    }

    @Override
    public @Nullable HandshakeSession server(int wanted, ConnectionId client) {
        Suite theirs = Suite.of(wanted);
        if (theirs == null || theirs.secret() != (secret != null)) {
            return null;
        }
        byte[] prologue = Handshake.prologue(Versions.V1, theirs, client.bytes());
        return new Session(Handshake.server(theirs, self, secret, prologue));
    }

    private static final class Session implements HandshakeSession {
        private final Handshake handshake;

        Session(Handshake handshake) {
            this.handshake = handshake;
        }

        @Override
        public boolean writes() {
            return handshake.writes();
        }

        @Override
        public boolean complete() {
            return handshake.complete();
        }

        @Override
        public boolean confidential() {
            return handshake.confidential();
        }

        @Override
        public int messageLength(int payloadLength) {
            return handshake.messageLength(payloadLength);
        }

        @Override
        public int writeMessage(byte[] payload, byte[] out, int offset) {
            try {
                return handshake.writeMessage(payload, out, offset);
            } catch (HandshakeException e) {
                throw new ProtocolViolation(ErrorCode.HANDSHAKE, "a handshake message of the peer's cannot be answered");
            }
        }

        @Override
        public byte @Nullable [] readMessage(byte[] in, int offset, int length) {
            try {
                return handshake.readMessage(in, offset, length);
            } catch (HandshakeException e) {
                return null;
            }
        }

        @Override
        public boolean pinMismatch() {
            return handshake.pinMismatch();
        }

        @Override
        public @Nullable PublicKey peerKey() {
            return handshake.peerKey();
        }

        @Override
        public PacketKeys earlyKeys() {
            return new Keys(handshake.earlyProtection());
        }

        @Override
        public PacketKeys keys() {
            return new Keys(handshake.packetProtection());
        }

        @Override
        public void destroy() {
            handshake.destroy();
        }
    }

    private static final class Keys implements PacketKeys {
        private final PacketProtection protection;

        Keys(PacketProtection protection) {
            this.protection = protection;
        }

        @Override
        public int seal(byte[] packet, int offset, int headerLength, int payloadLength, long packetNumber) {
            return protection.seal(packet, offset, headerLength, payloadLength, packetNumber);
        }

        @Override
        public long open(long now, byte[] packet, int offset, int length, int packetNumberOffset, long largestReceived,
                byte[] payload, int payloadOffset) {
            return protection.open(now, packet, offset, length, packetNumberOffset, largestReceived, payload, payloadOffset);
        }

        @Override
        public int payloadLength() {
            return protection.payloadLength();
        }

        @Override
        public void onAcked(long packetNumber) {
            protection.onAcked(packetNumber);
        }

        @Override
        public void keepOldKeysFor(long nanos) {
            protection.keepOldKeysFor(nanos);
        }

        @Override
        public boolean updateKeys() {
            return protection.updateKeys();
        }

        @Override
        public long keyUpdates() {
            return protection.keyUpdates();
        }

        @Override
        public boolean exhausted() {
            return protection.exhausted();
        }

        @Override
        public void destroy() {
            protection.destroy();
        }
    }
}
