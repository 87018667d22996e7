package dev.sluice.anytls.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.anytls.auth.AuthReader.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthReaderTest {
    /** SHA-256 of "password", from the protocol's golden bytes. */
    static final byte[] HASH = HexFormat.of()
            .parseHex("5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8");

    /** Knows the one user. */
    static final class OneUser implements AuthReader.Known<String> {
        private final byte[] hash = PasswordHash.of("password");

        @Override
        public boolean begins(byte[] first) {
            return Arrays.equals(first, Arrays.copyOf(hash, PasswordHash.PREFIX));
        }

        @Override
        public @Nullable String find(byte[] bytes) {
            return Arrays.equals(bytes, hash) ? "alice" : null;
        }
    }

    static byte[] authentication(int padding, int rest) {
        ByteBuf all = Unpooled.buffer().writeBytes(HASH).writeShort(padding).writeZero(padding);
        for (int i = 0; i < rest; i++) {
            all.writeByte(i + 1);
        }
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    @Test
    void hashesAsTheProtocolSays() {
        assertThat(PasswordHash.of("password")).isEqualTo(HASH);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30, 1100, 16_350, 65_535})
    void anySplitEndsAlikeAndLeavesWhatBelongsToTheSession(int padding) {
        byte[] bytes = authentication(padding, 5);
        for (int step : new int[]{1, 7, 8, 9, 31, 32, 33, 34, 35, 1000, bytes.length}) {
            AuthReader<String> reader = new AuthReader<>(new OneUser());
            ByteBuf in = Unpooled.buffer();
            Verdict verdict = Verdict.MORE;
            int at = 0;
            while (verdict == Verdict.MORE && at < bytes.length) {
                int length = Math.min(step, bytes.length - at);
                in.writeBytes(bytes, at, length);
                at += length;
                verdict = reader.handle(in);
                assertThat(in.readableBytes()).as("kept").isLessThanOrEqualTo(32 + step);
            }
            in.writeBytes(bytes, at, bytes.length - at);
            assertThat(verdict).isEqualTo(Verdict.ACCEPTED);
            assertThat(reader.user()).isEqualTo("alice");
            assertThat(in.readableBytes()).isEqualTo(5);
            assertThat(in.readByte()).isEqualTo((byte) 1);
        }
    }

    @Test
    void aStrangerIsKnownByEightBytesAndKeepsAllOfThem() {
        AuthReader<String> reader = new AuthReader<>(new OneUser());
        ByteBuf in = Unpooled.buffer().writeBytes("GET / H".getBytes(US_ASCII));
        assertThat(reader.handle(in)).isEqualTo(Verdict.MORE);
        in.writeBytes("TTP/1.0\r\n\r\n".getBytes(US_ASCII));
        assertThat(reader.handle(in)).isEqualTo(Verdict.REJECTED);
        assertThat(in.readableBytes()).isEqualTo(18);
        assertThat(reader.user()).isNull();
    }

    /** Counts what it is asked. */
    private static final class Counting implements AuthReader.Known<String> {
        private final OneUser user = new OneUser();
        private final StringBuilder asked = new StringBuilder();

        @Override
        public boolean begins(byte[] first) {
            asked.append('b').append(first.length);
            return user.begins(first);
        }

        @Override
        public @Nullable String find(byte[] hash) {
            asked.append('f').append(hash.length);
            return user.find(hash);
        }
    }

    private static String asked(byte[] bytes) {
        Counting known = new Counting();
        assertThat(new AuthReader<>(known).handle(Unpooled.wrappedBuffer(bytes))).isEqualTo(Verdict.REJECTED);
        return known.asked.toString();
    }

    @Test
    void aWrongPasswordTakesTheSameStepsAsGarbage() {
        byte[] wrong = authentication(30, 0);
        System.arraycopy(PasswordHash.of("passwore"), 0, wrong, 0, PasswordHash.LENGTH);
        byte[] almost = authentication(30, 0);
        almost[7] ^= 1; // differs in the last byte that is looked at
        assertThat(asked(wrong)).isEqualTo("b8").isEqualTo(asked(almost)).isEqualTo(asked(new byte[64]))
                .isEqualTo(asked("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII)));
    }

    @Test
    void whatIsComparedIsNotWhatThePeerHasChosen() {
        PasswordHash one = new PasswordHash();
        PasswordHash other = new PasswordHash();
        assertThat(one.digest(HASH, PasswordHash.LENGTH)).isEqualTo(one.digest(HASH, PasswordHash.LENGTH))
                .isNotEqualTo(other.digest(HASH, PasswordHash.LENGTH));
        assertThat(one.digest(HASH, PasswordHash.LENGTH).hashCode()).as("a table is searched by the digest, under a key of ours")
                .isNotEqualTo(other.digest(HASH, PasswordHash.LENGTH).hashCode());
    }

    @Test
    void aHashThatOnlyBeginsRightIsAStranger() {
        byte[] wrong = authentication(30, 0);
        wrong[31] ^= 1;
        AuthReader<String> reader = new AuthReader<>(new OneUser());
        ByteBuf in = Unpooled.wrappedBuffer(wrong);
        assertThat(reader.handle(in)).isEqualTo(Verdict.REJECTED);
        assertThat(in.readableBytes()).isEqualTo(64);
    }
}
