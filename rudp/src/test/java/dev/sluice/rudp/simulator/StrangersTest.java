package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Acceptor.Verdict;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.HandshakeSession;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.crypto.SharedSecret;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What a server does for those whom it does not know: floods of first packets, packets of connections that are gone, other versions. What it
 * costs is counted, in handshakes and in answers, so that it does not hang on the machine.
 */
class StrangersTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int FLOOD = 10_000;
    private static final int RETRIES = Acceptor.Policy.DEFAULT.retriesPerSecond();
    private static final int FIRST = 1200;
    private static final int DESTINATION = 6;
    private static final int SOURCE = DESTINATION + ConnectionId.LENGTH + 1;
    private static final int MESSAGE = SOURCE + ConnectionId.LENGTH + 2 + 2 + 1;

    private final SplittableRandom random = new SplittableRandom(5);
    private final StaticKey key = StaticKey.generate();
    private final SharedSecret secret = SharedSecret.of("hush".getBytes(StandardCharsets.UTF_8));
    private final Counting handshakes = new Counting(NoiseHandshakes.server(key, secret));
    private final ConnectionIds ids = new RandomIds(random);
    private final StreamMemory memory = new StreamMemory(Node.BUDGET);
    private final Acceptor acceptor = new Acceptor(ConnectionConfig.DEFAULT, memory, Acceptor.Policy.DEFAULT, handshakes, ids,
            new RetryCookie(new RetryCookie.Seed()), new HandshakeLimiter(100, 400), null, random);

    /** How many handshakes were begun: each costs a Diffie-Hellman at least. */
    private static final class Counting implements HandshakeProvider {
        private final HandshakeProvider real;
        private int begun;

        Counting(HandshakeProvider real) {
            this.real = real;
        }

        @Override
        public int suite() {
            return real.suite();
        }

        @Override
        public HandshakeSession client(ConnectionId id) {
            return real.client(id);
        }

        @Override
        public @Nullable HandshakeSession server(int suite, ConnectionId client) {
            begun++;
            return real.server(suite, client);
        }
    }

    private byte[] firstPacket(HandshakeProvider client) {
        DatagramBatch batch = new DatagramBatch(65_000, 1);
        Connection.connect(SECOND, path(0), ConnectionConfig.DEFAULT, memory, client, ids, 0, random, ConnectionObserver.NONE)
                .poll(SECOND, batch);
        byte[] first = Arrays.copyOf(batch.bytes(), batch.length());
        assertThat(first).hasSizeGreaterThanOrEqualTo(FIRST);
        return first;
    }

    private static NetworkPath path(int source) {
        return new NetworkPath(0, Simulation.address(source % 250, 1000 + source / 250));
    }

    private Verdict offer(long now, int source, byte[] datagram, int inProgress) {
        return acceptor.onDatagram(now, 0, path(source), datagram, 0, datagram.length, inProgress, inProgress);
    }

    /** A first packet that looks right and does not open. */
    private byte[] forged(byte[] genuine) {
        byte[] forged = genuine.clone();
        random.nextBytes(forged);
        System.arraycopy(genuine, 0, forged, 0, MESSAGE);
        for (int at = DESTINATION; at < DESTINATION + ConnectionId.LENGTH; at++) {
            forged[at] = (byte) random.nextInt();
        }
        return forged;
    }

    /** When the {@code n}th packet of a flood comes. */
    private static long time(int n) {
        return SECOND + n * (SECOND / FLOOD);
    }

    /** Some are asked for their address, most get nothing. */
    @Test
    void tenThousandFalseFirstPacketsInASecondCostFiftyHandshakesAndAThousandRetries() {
        byte[] genuine = firstPacket(NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), secret));
        int retries = 0;
        for (int i = 0; i < FLOOD; i++) {
            Verdict verdict = offer(time(i), i, forged(genuine), 0);
            assertThat(verdict).isNotEqualTo(Verdict.ACCEPT);
            if (verdict == Verdict.ANSWER) {
                retries++;
                assertThat(acceptor.answerLength()).as("no amplification").isLessThan(FIRST / 3);
            }
        }
        assertThat(handshakes.begun).isLessThanOrEqualTo(Acceptor.Policy.DEFAULT.falsePerSecond());
        assertThat(retries).as("what was saved up, and a second's").isBetween(RETRIES, 2 * RETRIES);
        assertThat(acceptor.answered()).isEqualTo(retries);
        assertThat(acceptor.dropped()).isEqualTo(FLOOD - retries);
        assertThat(offer(3 * SECOND, 1, genuine, 0)).as("when it is over everything is as before").isEqualTo(Verdict.ACCEPT);
    }

    @Test
    void asLongAsAFloodLastsNoOtherHandshakeIsTried() {
        byte[] genuine = firstPacket(NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), secret));
        for (int i = 0; i < 3 * FLOOD; i++) {
            offer(time(i), i, forged(genuine), 0);
        }
        assertThat(handshakes.begun).isLessThanOrEqualTo(Acceptor.Policy.DEFAULT.falsePerSecond());
    }

    /** The flood takes all the retries there are for whoever comes first; a client comes again. */
    @Test
    void clientsThatRepeatTheirFirstPacketComeInWhileAFloodGoesOn() {
        byte[] bad = firstPacket(NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), secret));
        int clients = 40;
        int start = FLOOD;
        int[] tries = new int[clients];
        byte[][] genuine = new byte[clients][];
        for (int i = 0; i < 2 * FLOOD; i++) {
            offer(time(i), i, forged(bad), 0);
            for (int client = 0; client < clients; client++) {
                long since = i - (start + client * 7L);
                boolean sends = since == 0 || since == FLOOD * 3 / 10 || since == FLOOD * 9 / 10;
                if (sends && tries[client] >= 0) {
                    genuine[client] = since == 0
                            ? firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret))
                            : genuine[client];
                    tries[client] = comesIn(time(i), 100_000 + client, genuine[client]) ? -1 - tries[client] : tries[client] + 1;
                }
            }
        }
        assertThat(Arrays.stream(tries).filter(t -> t == -1 || t == -2).count()).as("at the first try or the second")
                .isGreaterThan(35);
        assertThat(Arrays.stream(tries)).as("or the third").allMatch(t -> t < 0);
    }

    /** Few enough that nobody else need be asked for proof. */
    @Test
    void falseFirstPacketsThatNameAnAddressDoNotKeepItOut() {
        byte[] bad = firstPacket(NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(), secret));
        int rate = Acceptor.Policy.DEFAULT.falsePerSecond() - 10;
        int clients = 0;
        for (int i = 0; i < 60 * rate; i++) {
            long now = SECOND + i * (SECOND / rate);
            offer(now, 1, forged(bad), 0);
            if (i % rate == 0) {
                byte[] genuine = firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret));
                Verdict verdict = offer(now + 1, 1, genuine.clone(), 0);
                clients += verdict == Verdict.ACCEPT || comesIn(now + 1, 1, genuine) ? 1 : 0;
            }
        }
        assertThat(clients).isEqualTo(60);
        assertThat(handshakes.begun).as("spoofed ones cost less than all of them").isLessThan(60 * rate / 2 + 2 * clients);
    }

    /** A source that is where it says has so many handshakes, however it comes by them, and five times fewer guesses. */
    @Test
    void aSourceThatHasProvenItselfIsLimitedAllTheSame() {
        byte[] bad = firstPacket(NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), key.publicKey(),
                SharedSecret.of("another".getBytes(StandardCharsets.UTF_8))));
        int tried = 0;
        for (int i = 0; i < 2_000; i++) {
            int before = handshakes.begun;
            if (offer(SECOND, 1, bad.clone(), 100) == Verdict.ANSWER) {
                byte[] cookie = Arrays.copyOfRange(acceptor.answer(), SOURCE + ConnectionId.LENGTH, acceptor.answerLength());
                offer(SECOND + 1, 1, withToken(bad, cookie), 100);
            }
            tried += handshakes.begun - before;
        }
        assertThat(tried).isBetween(60, 70);
    }

    private boolean comesIn(long now, int source, byte[] first) {
        if (offer(now, source, first.clone(), 0) != Verdict.ANSWER) {
            return false;
        }
        byte[] cookie = Arrays.copyOfRange(acceptor.answer(), SOURCE + ConnectionId.LENGTH, acceptor.answerLength());
        return offer(now + 1, source, withToken(first, cookie), 0) == Verdict.ACCEPT;
    }

    /** First packets that are right, of addresses that were made up: a hundred are begun, and wait until they are forgotten. */
    @Test
    void tenThousandGoodFirstPacketsInASecondBeginAHundredHandshakes() {
        byte[] genuine = firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret));
        int begun = 0;
        for (int i = 0; i < FLOOD; i++) {
            if (offer(SECOND + i * (SECOND / FLOOD), i, genuine.clone(), begun) == Verdict.ACCEPT) {
                begun++;
            }
        }
        assertThat(begun).isEqualTo(Acceptor.Policy.DEFAULT.handshakesInProgress());
        assertThat(handshakes.begun).isEqualTo(begun);
    }

    @Test
    void aClientWhoseAddressIsProvenComesInDuringAFlood() {
        byte[] genuine = firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret));
        assertThat(offer(SECOND, 1, genuine, 100)).isEqualTo(Verdict.ANSWER);
        byte[] cookie = Arrays.copyOfRange(acceptor.answer(), SOURCE + ConnectionId.LENGTH, acceptor.answerLength());
        byte[] again = withToken(genuine, cookie);
        assertThat(offer(SECOND + 1, 2, again.clone(), 100)).as("another address gets its own").isEqualTo(Verdict.ANSWER);
        assertThat(acceptor.answerLength()).as("no amplification").isLessThan(FIRST / 3);
        assertThat(offer(SECOND + 1, 1, again, 100)).isEqualTo(Verdict.ACCEPT);
    }

    private static byte[] withToken(byte[] first, byte[] token) {
        int at = SOURCE + ConnectionId.LENGTH;
        byte[] with = new byte[first.length + token.length];
        System.arraycopy(first, 0, with, 0, at);
        with[at] = (byte) (0x40 | token.length >> 8);
        with[at + 1] = (byte) token.length;
        System.arraycopy(token, 0, with, at + 2, token.length);
        System.arraycopy(first, at + 2, with, at + 2 + token.length, first.length - at - 2);
        return with;
    }

    @Test
    void firstPacketsThatAreCutOffOrTooSmallGetNothing() {
        byte[] genuine = firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret));
        for (int length = 0; length < FIRST; length++) {
            assertThat(offer(SECOND, 1, Arrays.copyOf(genuine, length), 0)).as("%d bytes", length).isEqualTo(Verdict.DROP);
        }
        assertThat(handshakes.begun).isZero();
    }

    @Test
    void resetsAreLimitedAndSmallerThanWhatAskedForThem() {
        int resets = 0;
        for (int i = 0; i < FLOOD; i++) {
            byte[] lost = new byte[30 + random.nextInt(1170)];
            random.nextBytes(lost);
            lost[0] = 0x40;
            if (offer(SECOND + i, i, lost, 0) == Verdict.ANSWER) {
                resets++;
                assertThat(acceptor.answerLength()).isLessThan(lost.length);
            }
        }
        assertThat(resets).isEqualTo(Acceptor.Policy.DEFAULT.answersPerSecond());
    }

    @Test
    void versionAnswersAreLimitedAndOnlyForFullDatagrams() {
        byte[] other = firstPacket(NoiseHandshakes.unknown(Aead.AES_GCM, StaticKey.generate(), null, secret));
        other[4] = 99;
        assertThat(offer(SECOND, 1, Arrays.copyOf(other, FIRST - 1), 0)).isEqualTo(Verdict.DROP);
        int answers = 0;
        for (int i = 0; i < FLOOD; i++) {
            answers += offer(SECOND + i, i, other.clone(), 0) == Verdict.ANSWER ? 1 : 0;
        }
        assertThat(answers).isEqualTo(Acceptor.Policy.DEFAULT.answersPerSecond());
    }
}
