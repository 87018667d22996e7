package dev.sluice.rudp.channel;

import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.HandshakeSession;
import dev.sluice.rudp.protocol.PacketKeys;
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

/**
 * The handshakes of an endpoint, with its keys and secret: joins the state machine, which knows no cryptography, to the handshake, which
 * knows no packets. Immutable; its sessions belong to their connection.
 */
public final class NoiseHandshakes implements HandshakeProvider {
    private final StaticKey self;
    private final @Nullable SharedSecret secret;
    private final Suite suite;
    private final @Nullable PublicKey serverKey;

    /**
     * Handshakes of a server, or of a client that goes by {@code suite}.
     *
     * @param serverKey of a client: the server's key, known beforehand (IK) or pinned (XX)
     */
    public NoiseHandshakes(StaticKey self, @Nullable SharedSecret secret, Suite suite, @Nullable PublicKey serverKey) {
        this.self = self;
        this.secret = secret;
        this.suite = suite;
        this.serverKey = serverKey;
    }

    @Override
    public int suite() {
        return suite.id();
    }

    @Override
    public HandshakeSession client(ConnectionId id) {
        return new Session(
                Handshake.client(suite, self, serverKey, secret, Handshake.prologue(Versions.V1, suite, id.bytes())));
    }

    @Override
    public @Nullable HandshakeSession server(int wanted, ConnectionId client) {
        Suite theirs = Suite.of(wanted);
        if (theirs == null || theirs.secret() != (secret != null)) {
            return null;
        }
        return new Session(Handshake.server(theirs, self, secret, Handshake.prologue(Versions.V1, theirs, client.bytes())));
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
                throw new ProtocolViolation(ErrorCode.VIOLATION, "a key that cannot be used");
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
