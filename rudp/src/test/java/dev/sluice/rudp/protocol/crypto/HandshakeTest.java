package dev.sluice.rudp.protocol.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    private static final SharedSecret SECRET = SharedSecret.of("correct horse".getBytes(UTF_8), 1);
    private static final SharedSecret WRONG = SharedSecret.of("wrong horse".getBytes(UTF_8), 1);
    private static final StaticKey SERVER = StaticKey.generate();
    private static final StaticKey CLIENT = StaticKey.generate();
    private static final byte[] ID = {1, 2, 3, 4, 5, 6, 7, 8};

    /** Both ends of a handshake and what they said. */
    private static final class Pair {
        final Handshake client;
        final Handshake server;
        final List<byte[]> messages = new ArrayList<>();

        Pair(Suite suite, @Nullable PublicKey serverKey, @Nullable SharedSecret clientSecret,
                @Nullable SharedSecret serverSecret) {
            byte[] prologue = Handshake.prologue(1, suite, ID);
            client = Handshake.client(suite, CLIENT, serverKey, clientSecret, prologue);
            server = Handshake.server(suite, SERVER, serverSecret, prologue);
        }

        Handshake writer() {
            return client.writes() ? client : server;
        }

        Handshake reader() {
            return client.writes() ? server : client;
        }

        byte[] write(String payload) throws HandshakeException {
            byte[] bytes = payload.getBytes(UTF_8);
            byte[] message = new byte[writer().messageLength(bytes.length)];
            assertThat(message.length).isLessThanOrEqualTo(bytes.length + Handshake.MAX_OVERHEAD);
            assertThat(writer().writeMessage(bytes, message, 0)).isEqualTo(message.length);
            messages.add(message);
            return message;
        }

        void exchange(String payload) throws HandshakeException {
            Handshake reader = reader();
            byte[] message = write(payload);
            assertThat(new String(reader.readMessage(message, 0, message.length), UTF_8)).isEqualTo(payload);
        }

        void run() throws HandshakeException {
            for (int i = 0; !client.complete() || !server.complete(); i++) {
                exchange("payload " + i);
            }
        }
    }

    static List<Suite> suites() {
        return java.util.stream.IntStream.range(0, 8).mapToObj(Suite::of).toList();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void bothEndsGetTheSameKeysAndEachOthersIdentity(Suite suite) throws Exception {
        Pair pair = pair(suite);
        pair.run();
        assertThat(pair.messages).hasSize(suite.pattern() == Suite.Pattern.IK ? 2 : 3);
        assertThat(pair.client.peerKey()).isEqualTo(SERVER.publicKey());
        assertThat(pair.server.peerKey()).isEqualTo(CLIENT.publicKey());
        PacketProtection client = pair.client.packetProtection();
        PacketProtection server = pair.server.packetProtection();
        PacketProtectionTest.carry(client, server, 0, "to the server");
        PacketProtectionTest.carry(server, client, 0, "to the client");
    }

    @Test
    void suitesAreOneByteAndNothingElse() {
        for (int id = 0; id < 8; id++) {
            assertThat(Suite.of(id)).isNotNull().extracting(Suite::id).isEqualTo(id);
        }
        assertThat(Suite.of(8)).isNull();
        assertThat(Suite.of(-1)).isNull();
        assertThat(Suite.of(255)).isNull();
    }

    @ParameterizedTest
    @MethodSource("suites")
    void aMessageThatWasChangedChangesNothing(Suite suite) throws Exception {
        Pair pair = pair(suite);
        while (!pair.client.complete() || !pair.server.complete()) {
            Handshake reader = pair.reader();
            byte[] message = pair.write("payload");
            boolean open = suite.pattern() == Suite.Pattern.XX && !suite.secret() && pair.messages.size() == 1;
            for (int at = 0; at < message.length && !open; at += 7) {
                byte[] forged = message.clone();
                forged[at] ^= 1;
                assertThatThrownBy(() -> reader.readMessage(forged, 0, forged.length)).isInstanceOf(HandshakeException.class);
            }
            for (int length : new int[]{0, 1, 31, 32, message.length - 1 - "payload".length()}) {
                if (!open || length < 32) {
                    assertThatThrownBy(() -> reader.readMessage(message, 0, length)).isInstanceOf(HandshakeException.class);
                }
            }
            assertThat(reader.readMessage(message, 0, message.length)).isEqualTo("payload".getBytes(UTF_8));
            // a copy that comes again is nobody's message
            assertThatThrownBy(() -> reader.readMessage(message, 0, message.length)).isInstanceOf(HandshakeException.class);
        }
        PacketProtectionTest.carry(pair.client.packetProtection(), pair.server.packetProtection(), 0, "still");
    }

    @ParameterizedTest
    @MethodSource("suites")
    void anotherPrologueIsAnotherHandshake(Suite suite) throws Exception {
        SharedSecret secret = suite.secret() ? SECRET : null;
        Handshake client = Handshake.client(suite, CLIENT, suite.pattern() == Suite.Pattern.IK ? SERVER.publicKey() : null,
                secret,
                Handshake.prologue(1, suite, ID));
        Handshake server = Handshake.server(suite, SERVER, secret, Handshake.prologue(2, suite, ID));
        byte[] out = new byte[500];
        HandshakeException failure = null;
        while (failure == null && (!client.complete() || !server.complete())) {
            Handshake writer = client.writes() ? client : server;
            int length = writer.writeMessage(ID, out, 0);
            try {
                (writer == client ? server : client).readMessage(out, 0, length);
            } catch (HandshakeException e) {
                failure = e;
            }
        }
        assertThat(failure).isNotNull();
    }

    @Test
    void ikTellsAWrongSecretByTheFirstMessage() throws Exception {
        Pair pair = new Pair(new Suite(Suite.Pattern.IK, true, Aead.AES_GCM), SERVER.publicKey(), WRONG, SECRET);
        byte[] message = pair.write("");
        assertThatThrownBy(() -> pair.server.readMessage(message, 0, message.length)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void xxTellsAWrongSecretByTheThirdMessageAndTheServerShowsNothingBefore() throws Exception {
        Pair pair = new Pair(new Suite(Suite.Pattern.XX, true, Aead.AES_GCM), null, WRONG, SECRET);
        pair.exchange("");
        pair.exchange("");
        byte[] message = pair.write("");
        assertThatThrownBy(() -> pair.server.readMessage(message, 0, message.length)).isInstanceOf(HandshakeException.class);
    }

    /**
     * What a false server holds after a client's three messages: it took part with its own keys and its own guess at the secret. With the
     * whole transcript it can test that one guess and no other: whatever it computes with another guess needs the discrete logarithm of
     * the share that the client made.
     */
    @Test
    void aFalseServerLearnsWhetherOneGuessWasRightAndCannotTestAnother() throws Exception {
        Suite suite = new Suite(Suite.Pattern.XX, true, Aead.AES_GCM);
        Pair guessedWrong = new Pair(suite, null, SECRET, WRONG);
        guessedWrong.exchange("");
        guessedWrong.exchange("");
        byte[] message = guessedWrong.write("");
        // offline, with the right secret now, over the same transcript: its own share was made of the wrong one
        Cpace late = new Cpace(SECRET.generator());
        assertThat(late.share()).isNotEqualTo(new Cpace(WRONG.generator()).share());
        assertThatThrownBy(() -> guessedWrong.server.readMessage(message, 0, message.length))
                .isInstanceOf(HandshakeException.class);

        Pair guessedRight = new Pair(suite, null, SECRET, SECRET);
        guessedRight.run();
        assertThat(guessedRight.server.complete()).isTrue();
    }

    @Test
    void sharesOfTheSameSecretLookLikeAnyOther() throws Exception {
        Suite suite = new Suite(Suite.Pattern.XX, true, Aead.CHACHA_POLY);
        byte[] first = new Pair(suite, null, SECRET, SECRET).write("");
        byte[] second = new Pair(suite, null, SECRET, SECRET).write("");
        assertThat(Arrays.copyOfRange(first, 32, 64)).isNotEqualTo(Arrays.copyOfRange(second, 32, 64));
        assertThat(first).hasSameSizeAs(second);
    }

    @Test
    void aPinnedKeyIsKept() throws Exception {
        Suite suite = new Suite(Suite.Pattern.XX, true, Aead.AES_GCM);
        Pair known = new Pair(suite, SERVER.publicKey(), SECRET, SECRET);
        known.run();
        assertThat(known.client.pinMismatch()).isFalse();

        Pair changed = new Pair(suite, StaticKey.generate().publicKey(), SECRET, SECRET);
        changed.exchange("");
        byte[] message = changed.write("");
        assertThatThrownBy(() -> changed.client.readMessage(message, 0, message.length)).isInstanceOf(HandshakeException.class);
        assertThat(changed.client.pinMismatch()).isTrue();
        assertThat(changed.client.writes()).as("nothing is told to a server with another key").isFalse();
    }

    @Test
    void ikNeedsTheRightServerKey() throws Exception {
        Pair pair = new Pair(new Suite(Suite.Pattern.IK, false, Aead.AES_GCM), StaticKey.generate().publicKey(), null, null);
        byte[] message = pair.write("");
        assertThatThrownBy(() -> pair.server.readMessage(message, 0, message.length)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void earlyDataOpensAtTheServerAlone() throws Exception {
        Pair pair = pair(new Suite(Suite.Pattern.IK, true, Aead.AES_GCM));
        assertThatThrownBy(pair.client::earlyProtection).isInstanceOf(IllegalStateException.class);
        pair.exchange("hello");
        PacketProtectionTest.carry(pair.client.earlyProtection(), pair.server.earlyProtection(), 0xc0, "early");
        assertThatThrownBy(() -> pair.server.earlyProtection().seal(new byte[100], 0, 10, 10, 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"})
    void anEphemeralKeyOfSmallOrderEndsTheHandshakeOnly(String key) throws Exception {
        Suite suite = new Suite(Suite.Pattern.XX, false, Aead.AES_GCM);
        Handshake server = Handshake.server(suite, SERVER, null, Handshake.prologue(1, suite, ID));
        byte[] message = java.util.HexFormat.of().parseHex(key);
        server.readMessage(message, 0, message.length);
        assertThatThrownBy(() -> server.writeMessage(new byte[0], new byte[200], 0)).isInstanceOf(HandshakeException.class);
    }

    @Test
    void stretchingIsPbkdf2() {
        // RFC 7914 §11
        assertThat(SharedSecret.stretch("passwd".getBytes(UTF_8), "salt".getBytes(UTF_8), 1)).startsWith(0x55, 0xac, 0x04, 0x6e,
                0x56,
                0xe3, 0x08, 0x9f, 0xec, 0x16, 0x91, 0xc2, 0x25, 0x44, 0xb6, 0x05);
        assertThat(SharedSecret.stretch("Password".getBytes(UTF_8), "NaCl".getBytes(UTF_8), 80_000)).startsWith(0x4d, 0xdc, 0xd8,
                0xf6,
                0x0b, 0x98, 0xbe, 0x21, 0x83, 0x0c, 0xee, 0x5e, 0xf2, 0x27, 0x01, 0xf9);
    }

    @Test
    void secretsAreNeverShown() {
        String secret = "correct horse";
        StaticKey key = StaticKey.generate();
        String privateHex = java.util.HexFormat.of().formatHex(key.privateBytes());
        assertThat(SECRET.toString()).doesNotContain(secret);
        assertThat(key.toString()).contains(key.publicKey().toString()).doesNotContain(privateHex);
        assertThat(new RetryCookie.Seed().toString()).isEqualTo("Seed[...]");
        assertThat(catchThrowable(() -> SharedSecret.of(new byte[0]))).hasMessage("the shared secret is empty");
    }

    @Test
    void aServerKeyIsReadAsItIsWritten() {
        PublicKey key = SERVER.publicKey();
        assertThat(PublicKey.parse(key.toString())).isEqualTo(key).hasSameHashCodeAs(key);
        assertThat(key.toString()).hasSize(43);
        assertThatThrownBy(() -> PublicKey.parse("short")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("43");
        StaticKey again = StaticKey.of(SERVER.privateBytes());
        assertThat(again.publicKey()).isEqualTo(key);
    }

    private static Pair pair(Suite suite) {
        SharedSecret secret = suite.secret() ? SECRET : null;
        return new Pair(suite, suite.pattern() == Suite.Pattern.IK ? SERVER.publicKey() : null, secret, secret);
    }
}
