package dev.sluice.rudp.protocol.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PacketProtectionTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final int ID = 8;

    private long now;

    /** Sends one packet with number 0 and this first byte; checks that it arrives. */
    static void carry(PacketProtection from, PacketProtection to, int first, String text) {
        byte[] packet = new byte[200];
        byte[] opened = new byte[200];
        int length = sealed(from, packet, first, 0, text);
        assertThat(to.open(0, packet, 0, length, 1 + ID, -1, opened, 0)).isZero();
        assertThat(new String(opened, 0, to.payloadLength(), UTF_8)).isEqualTo(text);
    }

    private static int sealed(PacketProtection from, byte[] packet, int first, long number, String text) {
        byte[] payload = text.getBytes(UTF_8);
        int numberLength = PacketProtection.packetNumberLength(number, Math.max(-1, number - 50));
        packet[0] = (byte) (first | (numberLength - 1));
        int header = 1 + ID + numberLength;
        System.arraycopy(payload, 0, packet, header, payload.length);
        return from.seal(packet, 0, header, payload.length, number);
    }

    /** RFC 9001 §A.5: a whole packet of ChaCha20-Poly1305. */
    @Test
    void chachaPacketOfTheRfc() {
        byte[] packet = new byte[30];
        packet[0] = 0x42;
        packet[4] = 1;
        int length = new PacketProtection(Aead.CHACHA_POLY, new SealingKeys(Aead.CHACHA_POLY, rfcHeaderKey(), rfcKey(), 100),
                null)
                .seal(packet, 0, 4, 1, 654360564L);
        assertThat(HEX.formatHex(packet, 0, length)).isEqualTo("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
        byte[] payload = new byte[16];
        PacketProtection opening = new PacketProtection(Aead.CHACHA_POLY, null,
                new OpeningKeys(Aead.CHACHA_POLY, rfcHeaderKey(), rfcKey()));
        assertThat(opening.open(0, packet, 0, length, 1, 654360563L, payload, 0)).isEqualTo(654360564L);
        assertThat(opening.payloadLength()).isOne();
        assertThat(payload[0]).isEqualTo((byte) 1);
        assertThat(HEX.formatHex(packet, 0, 4)).as("unmasked").isEqualTo("4200bff4");
    }

    private static HeaderKey rfcHeaderKey() {
        return new HeaderKey(Aead.CHACHA_POLY, HEX.parseHex("25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"));
    }

    private static PacketKey rfcKey() {
        return new PacketKey(Aead.CHACHA_POLY, new byte[32],
                HEX.parseHex("c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"),
                HEX.parseHex("e0459b3474bdd0e44a41c144"));
    }

    /** RFC 9001 §A.2: the mask of an AES packet. */
    @Test
    void aesMaskOfTheRfc() {
        HeaderKey key = new HeaderKey(Aead.AES_GCM, HEX.parseHex("9f50449e04a0e810283a1e9933adedd2"));
        assertThat(HEX.formatHex(key.mask(HEX.parseHex("d1b1c98dd7689fb8ec11d242b123dc9b"), 0), 0, 5)).isEqualTo("437b9aec36");
    }

    /** RFC 9000 §A.3. */
    @Test
    void packetNumbersOfTheRfc() {
        assertThat(PacketProtection.decode(0x9b32, 2, 0xa82f30eaL)).isEqualTo(0xa82f9b32L);
        assertThat(PacketProtection.packetNumberLength(0xac5c02L, 0xabe8b3L)).isEqualTo(2);
        assertThat(PacketProtection.packetNumberLength(0xace8feL, 0xabe8b3L)).isEqualTo(3);
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            long largest = random.nextLong(1L << random.nextInt(1, 61)) - 1;
            long number = Math.max(0, largest + random.nextLong(-30, 60));
            int length = PacketProtection.packetNumberLength(number, Math.min(largest, number) - 60);
            long mask = (1L << (8 * length)) - 1;
            assertThat(PacketProtection.decode(number & mask, length, largest)).isEqualTo(number);
        }
    }

    @ParameterizedTest
    @EnumSource(Aead.class)
    void anyChangeIsNoticedAndLeavesThePacketAsItWas(Aead aead) {
        PacketProtection[] ends = ends(aead, 1 << 20);
        byte[] packet = new byte[200];
        byte[] opened = new byte[200];
        int length = sealed(ends[0], packet, 0x40, 7, "hello");
        int failures = 0;
        for (int at = 0; at < length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] forged = Arrays.copyOf(packet, length);
                forged[at] ^= (byte) (1 << bit);
                byte[] before = forged.clone();
                assertThat(ends[1].open(now, forged, 0, length, 1 + ID, 6, opened, 0)).isEqualTo(PacketProtection.NOT_AUTHENTIC);
                assertThat(forged).isEqualTo(before);
                assertThat(ends[1].failures()).isEqualTo(++failures);
            }
        }
        for (int shorter = 0; shorter < length; shorter++) {
            assertThat(ends[1].open(now, packet, 0, shorter, 1 + ID, 6, opened, 0)).isEqualTo(PacketProtection.NOT_AUTHENTIC);
        }
        assertThat(ends[1].open(now, packet, 0, length, 1 + ID, 6, opened, 0)).isEqualTo(7);
        assertThat(ends[1].exhausted()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Aead.class)
    void theHeaderIsMasked(Aead aead) {
        PacketProtection[] ends = ends(aead, 1 << 20);
        int numbersSeen = 0;
        int bitsSeen = 0;
        for (int number = 0; number < 100; number++) {
            byte[] packet = new byte[200];
            sealed(ends[0], packet, 0x40, number, "hello");
            assertThat(packet[0] & 0xe0).isEqualTo(0x40);
            numbersSeen += packet[1 + ID] == number ? 1 : 0;
            bitsSeen += (packet[0] & 0x1f) == 0 ? 1 : 0;
        }
        assertThat(numbersSeen).isLessThan(10);
        assertThat(bitsSeen).isLessThan(20);
    }

    @ParameterizedTest
    @EnumSource(Aead.class)
    void keysChangeByThemselvesAndReorderedPacketsStillOpen(Aead aead) {
        PacketProtection[] ends = ends(aead, 100);
        SplittableRandom random = new SplittableRandom(5);
        byte[][] window = new byte[8][];
        long[] numbers = new long[8];
        long[] largest = {-1, -1};
        byte[] opened = new byte[200];
        long number = 0;
        for (int round = 0; round < 500; round++) {
            now += 1_000_000;
            for (int i = 0; i < 8; i++) {
                byte[] packet = new byte[100];
                numbers[i] = number;
                int length = sealed(ends[0], packet, 0x40, number++, "packet");
                window[i] = Arrays.copyOf(packet, length);
            }
            for (int i = 7; i > 0; i--) {
                int j = random.nextInt(i + 1);
                byte[] packet = window[i];
                window[i] = window[j];
                window[j] = packet;
                long n = numbers[i];
                numbers[i] = numbers[j];
                numbers[j] = n;
            }
            for (int i = 0; i < 8; i++) {
                assertThat(ends[1].open(now, window[i], 0, window[i].length, 1 + ID, largest[1], opened, 0))
                        .isEqualTo(numbers[i]);
                largest[1] = Math.max(largest[1], numbers[i]);
            }
            byte[] answer = new byte[100];
            int length = sealed(ends[1], answer, 0x40, round, "acked");
            assertThat(ends[0].open(now, answer, 0, length, 1 + ID, largest[0], opened, 0)).isEqualTo(round);
            largest[0] = round;
            ends[0].onAcked(number - 1);
            ends[1].onAcked(round);
        }
        assertThat(ends[0].keyUpdates()).isBetween(30L, 40L);
        assertThat(ends[1].keyUpdates()).isBetween(ends[0].keyUpdates() - 1, ends[0].keyUpdates() + 1);
    }

    @Test
    void bothEndsMayChangeKeysAtOnce() {
        PacketProtection[] ends = ends(Aead.AES_GCM, 1 << 20);
        for (int i = 0; i < 2; i++) {
            exchange(ends, i, 0, "before");
            exchange(ends, i, 1, "before");
            ends[i].onAcked(0);
        }
        assertThat(ends[0].updateKeys()).isTrue();
        assertThat(ends[1].updateKeys()).isTrue();
        exchange(ends, 0, 2, "after");
        exchange(ends, 1, 2, "after");
        assertThat(ends[0].keyUpdates()).isOne();
        assertThat(ends[1].keyUpdates()).isOne();
        assertThat(ends[0].updateKeys()).as("nothing of this phase is acknowledged").isFalse();
        ends[0].onAcked(2);
        assertThat(ends[0].updateKeys()).isTrue();
    }

    @Test
    void oldKeysGo() {
        PacketProtection[] ends = ends(Aead.AES_GCM, 1 << 20);
        byte[] late = new byte[100];
        byte[] later = new byte[100];
        byte[] opened = new byte[100];
        int length = sealed(ends[0], late, 0x40, 0, "late");
        sealed(ends[0], later, 0x40, 1, "late");
        exchange(ends, 0, 2, "first");
        ends[0].onAcked(2);
        assertThat(ends[0].updateKeys()).isTrue();
        exchange(ends, 0, 3, "second");
        ends[1].keepOldKeysFor(1_000);
        now = 2_999_999_999L;
        assertThat(ends[1].open(now, late, 0, length, 1 + ID, 3, opened, 0)).isZero();
        now = 3_000_000_000L;
        assertThat(ends[1].open(now, later, 0, length, 1 + ID, 3, opened, 0)).isEqualTo(PacketProtection.NOT_AUTHENTIC);
    }

    @Test
    void aKeyThatIsUsedUpSealsNoMore() {
        SealingKeys keys = new SealingKeys(Aead.AES_GCM, HeaderKey.of(Aead.AES_GCM, new byte[32]),
                PacketKey.of(Aead.AES_GCM, new byte[32]), Long.MAX_VALUE) {
            @Override
            boolean exhausted() {
                return true;
            }
        };
        PacketProtection protection = new PacketProtection(Aead.AES_GCM, keys, null);
        assertThat(protection.exhausted()).isTrue();
        assertThatThrownBy(() -> protection.seal(new byte[100], 0, 10, 20, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(Aead.AES_GCM.confidentialityLimit()).isEqualTo(1L << 23);
        assertThat(Aead.AES_GCM.integrityLimit()).isEqualTo(1L << 52);
        assertThat(Aead.CHACHA_POLY.integrityLimit()).isEqualTo(1L << 36);
    }

    private void exchange(PacketProtection[] ends, int from, long number, String text) {
        byte[] packet = new byte[200];
        byte[] opened = new byte[200];
        int length = sealed(ends[from], packet, 0x40, number, text);
        assertThat(ends[1 - from].open(now, packet, 0, length, 1 + ID, number - 1, opened, 0)).isEqualTo(number);
    }

    private static PacketProtection[] ends(Aead aead, long updateAfter) {
        byte[] a = new byte[32];
        byte[] b = new byte[32];
        Arrays.fill(a, (byte) 1);
        Arrays.fill(b, (byte) 2);
        return new PacketProtection[]{PacketProtection.of(aead, a.clone(), b.clone(), updateAfter),
                PacketProtection.of(aead, b, a, updateAfter)};
    }
}
