package dev.sluice.rudp.protocol.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.testkit.Fuzzing;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever bytes come as a message of a handshake, they are refused or read, and the genuine message is read after them. */
class HandshakeFuzzTest {
    private static final SharedSecret SECRET = SharedSecret.of("secret".getBytes(UTF_8), 1);
    private static final StaticKey SERVER = StaticKey.generate();
    private static final StaticKey CLIENT = StaticKey.generate();
    private static final byte[] PAYLOAD = "payload".getBytes(UTF_8);

    @Test
    void corpusAndMutations() throws Exception {
        List<byte[]> corpus = new ArrayList<>();
        for (int id = 0; id < 8; id++) {
            byte[] message = new byte[300];
            int length = client(suite(id)).writeMessage(PAYLOAD, message, 1);
            message[0] = (byte) id;
            corpus.add(java.util.Arrays.copyOf(message, 1 + length));
        }
        Fuzzing.run(corpus, 600, HandshakeFuzzTest::take);
    }

    /** Jazzer's entry point. */
    @Tag("jazzer")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) throws Exception {
        take(input);
    }

    /** The first byte says to which suite and message of the handshake the rest is given. */
    private static void take(byte[] input) throws Exception {
        if (input.length == 0) {
            return;
        }
        Suite suite = suite(input[0] & 7);
        Handshake client = client(suite);
        Handshake server = Handshake.server(suite, SERVER, suite.secret() ? SECRET : null,
                Handshake.prologue(1, suite, new byte[8]));
        byte[] out = new byte[300];
        int skip = (input[0] & 0xff) >> 3 & 3;
        for (int i = 0; !client.complete() || !server.complete(); i++) {
            Handshake writer = client.writes() ? client : server;
            Handshake reader = client.writes() ? server : client;
            int length = writer.writeMessage(PAYLOAD, out, 0);
            if (i == skip) {
                try {
                    reader.readMessage(input, 1, input.length - 1);
                    return;
                } catch (HandshakeException e) {
                    assertThat(e).hasMessageNotContaining("secret is");
                }
            }
            assertThat(reader.readMessage(out, 0, length)).isEqualTo(PAYLOAD);
        }
    }

    private static Suite suite(int id) {
        return java.util.Objects.requireNonNull(Suite.of(id));
    }

    private static Handshake client(Suite suite) {
        return Handshake.client(suite, CLIENT, suite.pattern() == Suite.Pattern.IK ? SERVER.publicKey() : null,
                suite.secret() ? SECRET : null, Handshake.prologue(1, suite, new byte[8]));
    }
}
