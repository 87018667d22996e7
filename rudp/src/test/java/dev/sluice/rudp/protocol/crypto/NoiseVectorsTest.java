package dev.sluice.rudp.protocol.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The handshakes against public vectors (of flynn/noise, and the same keys as noise-c's). */
class NoiseVectorsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String INIT_STATIC = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String RESP_STATIC = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
    private static final String INIT_EPHEMERAL = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";
    private static final String RESP_EPHEMERAL = "4142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f60";
    private static final String PSK = "2176657279736563726574766572797365637265747665727973656372657421";

    /**
     * One vector.
     *
     * @param payloads of the handshake's messages
     * @param messages their bytes, then the first message under the initiator's key and under the responder's
     */
    record Vector(Suite suite, String name, String prologue, List<String> payloads, List<String> messages) {
        @Override
        public String toString() {
            return name + (prologue.isEmpty() ? "" : " with prologue");
        }
    }

    private static final String PLAIN_0 = "79656c6c6f777375626d6172696e65";
    private static final String PLAIN_1 = "7375626d6172696e6579656c6c6f77";

    static List<Vector> vectors() {
        List<String> three = List.of("746573745f6d73675f30", "746573745f6d73675f31", "746573745f6d73675f32");
        return List.of(
                new Vector(new Suite(Suite.Pattern.IK, false, Aead.AES_GCM), "Noise_IK_25519_AESGCM_SHA256", "", List.of("", ""),
                        List.of("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd16625419d6fab175300a577115c701c41ed68"
                                + "1373f0432f81d3bf8676bd05216cd1919ba2eaa418fdd8e09ae59d7cf57869de42789c3b9ca915c2cacf009f9d0e4436e",
                                "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d4846623c019a124da3f096e964fe624cf65db",
                                "80a75e75c8e8d2e9c2a6c7bc6e550c4997d6d2b45429a530821c4aa5d36f27",
                                "b8475410da62a98493d33a1e669f8f56dd8f61d449b53bd375299c3435424a")),
                new Vector(new Suite(Suite.Pattern.IK, true, Aead.AES_GCM), "Noise_IKpsk1_25519_AESGCM_SHA256", "",
                        List.of("", ""),
                        List.of("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254d090a76917ed86b1ca3f8af8ac5c080"
                                + "3d5b3b290ab95fa415d8bf2f9200a59fc34c54450e0a71f213dbb91f5a5843c28a1b1e94ea7a8c729788b074f894477f7",
                                "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d4846635c80f45db0193be6c76fa63c43b2230",
                                "245e2f9694b825a856dc97709fcc450870d23dd07637b57d21268ad60016e4",
                                "977eb8234bef8ece7a14c771fa5019aae42c0f4655d4e1ffbfdb4a96def193")),
                new Vector(new Suite(Suite.Pattern.XX, false, Aead.AES_GCM), "Noise_XX_25519_AESGCM_SHA256", "", three,
                        List.of("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254746573745f6d73675f30",
                                "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d484665393019dbd6f438795da206db0886610b2610"
                                        + "8e424142c2e9b5fd1f7ea70cde8c9f29dcec8d3ab554f4a5330657867fe4917917195c8cf360e08d6dc5f71baf875ec"
                                        + "6e3bfc7afda4c9c2",
                                "e610eadc4b00c17708bf223f29a66f02342fbedf6c0044736544b9271821ae40232c55cd96d1350af861f6a04978f7d5e070c"
                                        + "07602c6b84d25a331242a71c50ae31dd4c164267fd48bd2",
                                "9ea1da1ec3bfecfffab213e537ed1791bfa887dd9c631351b3f63d6315ab9a",
                                "217c5111fad7afde33bd28abaff3def88a57ab50515115d23a10f28621f842")),
                new Vector(new Suite(Suite.Pattern.XX, true, Aead.AES_GCM), "Noise_XXpsk3_25519_AESGCM_SHA256", "", three,
                        List.of("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd1662545d791aebd7b1ff3a73ba5c27944833f62facffa"
                                + "3b38f7ec45f9f",
                                "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466bb1259f77345353d70dcef1e97d161dd9c332"
                                        + "4e72b46203ebe87dcb40159eb66954fa813c5770391ff0e4006fa005462b1bfa8057f6e8f62584a272b0eec13b6cf6a"
                                        + "75a736ddf5d0d3cd",
                                "a702c30239110afbb8afacb639f961e5c2574c3fe59ee6069c0f5f5414ea2493ab8dbfb3e1f6148b9c0d93e8d9ebf5183e3be"
                                        + "30d1cb36cf2cd66eccebe0493ead2ba5f2bfae0d821ce21",
                                "187cadad4158250d0af49c2aea3bedc34aee2cc962336fbe649527ca78e48c",
                                "91de652b73884e25506003fe72969748b9092a4518be9c6e4911a52b60375f")),
                new Vector(new Suite(Suite.Pattern.XX, true, Aead.AES_GCM), "Noise_XXpsk3_25519_AESGCM_SHA256",
                        "6e6f74736563726574",
                        List.of("", "", ""),
                        List.of("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd1662545b2f4adfa73e9ba5320d7dad00152ab9",
                                "64b101b1d0be5a8704bd078f9895001fc03e8e9f9522f188dd128d9846d48466bb1259f77345353d70dcef1e97d161dd9c332"
                                        + "4e72b46203ebe87dcb40159eb666198ef90bf6d0b1a0e76374ae604ac12c54156a8210758dea8c50d8720b4533f",
                                "a702c30239110afbb8afacb639f961e5c2574c3fe59ee6069c0f5f5414ea2493bf47ccd868daf2dc792d2a6493790f4a804d0"
                                        + "508de91173260899064d056c042",
                                "187cadad4158250d0af49c2aea3bedc34aee2cc962336fbe649527ca78e48c",
                                "91de652b73884e25506003fe72969748b9092a4518be9c6e4911a52b60375f")));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void everyByteOfEveryMessage(Vector vector) throws Exception {
        assertThat(vector.suite().noiseName()).isEqualTo(vector.name());
        NoiseHandshake initiator = side(vector, true);
        NoiseHandshake responder = side(vector, false);
        for (int i = 0; i < vector.payloads().size(); i++) {
            NoiseHandshake writer = i % 2 == 0 ? initiator : responder;
            NoiseHandshake reader = i % 2 == 0 ? responder : initiator;
            byte[] payload = HEX.parseHex(vector.payloads().get(i));
            byte[] out = new byte[500];
            int expected = writer.overhead() + payload.length;
            int length = writer.write(payload, out, 3);
            assertThat(length).isEqualTo(expected);
            assertThat(HEX.formatHex(out, 3, 3 + length)).isEqualTo(vector.messages().get(i));
            assertThat(reader.read(out, 3, length)).isEqualTo(payload);
        }
        assertThat(initiator.complete()).isTrue();
        assertThat(responder.complete()).isTrue();
        assertThat(initiator.symmetric().hash()).isEqualTo(responder.symmetric().hash());
        byte[] keys = initiator.symmetric().split();
        assertThat(responder.symmetric().split()).isEqualTo(keys);
        int transport = vector.payloads().size();
        assertThat(seal(keys, 0, PLAIN_0)).isEqualTo(vector.messages().get(transport));
        assertThat(seal(keys, 32, PLAIN_1)).isEqualTo(vector.messages().get(transport + 1));
    }

    private static NoiseHandshake side(Vector vector, boolean initiator) {
        X25519 responderStatic = key(RESP_STATIC);
        @Nullable
        PublicKey remote = initiator && vector.suite().pattern() == Suite.Pattern.IK ? responderStatic.publicKey() : null;
        NoiseHandshake side = new NoiseHandshake(vector.suite(), initiator, initiator ? key(INIT_STATIC) : responderStatic,
                key(initiator ? INIT_EPHEMERAL : RESP_EPHEMERAL), remote, HEX.parseHex(vector.prologue()));
        side.setPsk(HEX.parseHex(PSK));
        return side;
    }

    private static X25519 key(String hex) {
        return X25519.of(HEX.parseHex(hex));
    }

    private static String seal(byte[] keys, int offset, String plain) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Arrays.copyOfRange(keys, offset, offset + 32), "AES"),
                new GCMParameterSpec(128, new byte[12]));
        return HEX.formatHex(cipher.doFinal(HEX.parseHex(plain)));
    }
}
