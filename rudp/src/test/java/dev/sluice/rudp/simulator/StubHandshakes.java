package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.HandshakeSession;
import dev.sluice.rudp.protocol.PacketKeys;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A handshake and packet protection without cryptography: checksums where the real ones have tags. What changes on the way is noticed
 * as with the real ones, thousands of connections cost nothing, and the core's own cost can be measured.
 */
final class StubHandshakes implements HandshakeProvider {
    private final boolean threeMessages;
    private final long secret;
    private final boolean cheap;

    StubHandshakes(boolean threeMessages, long secret) {
        this(threeMessages, secret, false);
    }

    /** {@code cheap}: not even checksums. */
    StubHandshakes(boolean threeMessages, long secret, boolean cheap) {
        this.threeMessages = threeMessages;
        this.secret = secret;
        this.cheap = cheap;
    }

    @Override
    public int suite() {
        return threeMessages ? 1 : 0;
    }

    @Override
    public HandshakeSession client(ConnectionId self) {
        return new Session(true, secret ^ self.random());
    }

    @Override
    public @Nullable HandshakeSession server(int suite, ConnectionId client) {
        return suite == suite() ? new Session(false, secret ^ client.random()) : null;
    }

    static long hash(long seed, byte[] bytes, int offset, int length) {
        long hash = seed;
        for (int i = 0; i < length; i++) {
            hash = hash * 0x100_0000_01b3L ^ bytes[offset + i];
        }
        return hash ^ hash >>> 29;
    }

    private static void put(long value, byte[] out, int offset) {
        for (int i = 0; i < 8; i++) {
            out[offset + i] = (byte) (value >>> (56 - 8 * i));
        }
    }

    private static long get(byte[] in, int offset) {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = (value << 8) | (in[offset + i] & 0xFF);
        }
        return value;
    }

    private final class Session implements HandshakeSession {
        private final boolean client;
        private final long key;
        private int next = 1;

        Session(boolean client, long key) {
            this.client = client;
            this.key = key;
        }

        private int messages() {
            return threeMessages ? 3 : 2;
        }

        @Override
        public boolean writes() {
            return !complete() && (next % 2 == 1) == client;
        }

        @Override
        public boolean complete() {
            return next > messages();
        }

        @Override
        public boolean confidential() {
            return !threeMessages || next > 1;
        }

        @Override
        public int messageLength(int payloadLength) {
            return payloadLength + 48;
        }

        @Override
        public int writeMessage(byte[] payload, byte[] out, int offset) {
            Arrays.fill(out, offset, offset + 40, (byte) next);
            System.arraycopy(payload, 0, out, offset + 40, payload.length);
            put(hash(key + next, out, offset, 40 + payload.length), out, offset + 40 + payload.length);
            next++;
            return 48 + payload.length;
        }

        @Override
        public byte @Nullable [] readMessage(byte[] in, int offset, int length) {
            if (length < 48 || hash(key + next, in, offset, length - 8) != get(in, offset + length - 8)) {
                return null;
            }
            next++;
            return Arrays.copyOfRange(in, offset + 40, offset + length - 8);
        }

        @Override
        public boolean pinMismatch() {
            return false;
        }

        @Override
        public @Nullable PublicKey peerKey() {
            return null;
        }

        @Override
        public PacketKeys earlyKeys() {
            return new Keys(key + 100, client, cheap);
        }

        @Override
        public PacketKeys keys() {
            return new Keys(key + 200, client, cheap);
        }

        @Override
        public void destroy() {}
    }

    private static final class Keys implements PacketKeys {
        private final long sealKey;
        private final long openKey;
        private final boolean cheap;
        private int payloadLength;

        Keys(long key, boolean client, boolean cheap) {
            sealKey = client ? key : key + 1;
            openKey = client ? key + 1 : key;
            this.cheap = cheap;
        }

        @Override
        public int seal(byte[] packet, int offset, int headerLength, int payload, long packetNumber) {
            int length = headerLength + payload;
            put(packetNumber, packet, offset + length);
            put(cheap ? sealKey : hash(sealKey, packet, offset, length + 8), packet, offset + length + 8);
            return length + TAG_LENGTH;
        }

        @Override
        public long open(long now, byte[] packet, int offset, int length, int packetNumberOffset, long largestReceived,
                byte[] payload, int payloadOffset) {
            int header = packetNumberOffset + 1 + (packet[offset] & 3);
            payloadLength = length - header - TAG_LENGTH;
            if (payloadLength < MIN_PAYLOAD) {
                return NOT_AUTHENTIC;
            }
            long expected = cheap ? openKey : hash(openKey, packet, offset, length - 8);
            if (get(packet, offset + length - 8) != expected) {
                return NOT_AUTHENTIC;
            }
            System.arraycopy(packet, offset + header, payload, payloadOffset, payloadLength);
            return get(packet, offset + length - TAG_LENGTH);
        }

        @Override
        public int payloadLength() {
            return payloadLength;
        }

        @Override
        public void onAcked(long packetNumber) {}

        @Override
        public void keepOldKeysFor(long nanos) {}

        @Override
        public boolean updateKeys() {
            return false;
        }

        @Override
        public long keyUpdates() {
            return 0;
        }

        @Override
        public boolean exhausted() {
            return false;
        }

        @Override
        public void destroy() {}
    }
}
