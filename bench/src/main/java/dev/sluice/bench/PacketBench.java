package dev.sluice.bench;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.ByteSink;
import dev.sluice.rudp.protocol.ByteSource;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.HandshakeProvider;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.NoiseHandshakes;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.congestion.CongestionAlgorithm;
import dev.sluice.rudp.protocol.crypto.Aead;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.PacketProtection;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What one full packet of reliable UDP costs both of its ends together, without a socket. The goal: nothing is allocated for it but what
 * {@code javax.crypto} allocates, which {@link #cipherAlone} shows ({@code -prof gc}).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketBench {
    private static final int SIZE = 1452;
    private static final int BATCH = 40;
    private static final int PACKETS = 256;
    private static final int HEADER = 12;
    private static final int PAYLOAD = SIZE - HEADER - PacketProtection.TAG_LENGTH;
    private static final long BYTES_PER_SECOND = 2_000_000_000L;
    private static final long STEP_NANOS = 30_000;
    private static final int BUFFER = 1 << 20;

    private final NetworkPath path = new NetworkPath(0, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));
    private final DatagramBatch batch = new DatagramBatch(65_000, BATCH);
    private final byte[] data = new byte[BATCH * SIZE];
    private final ByteSource source = (from, to, at, length) -> System.arraycopy(data, from, to, at, length);
    private final ByteSink sink = (from, at, length) -> System.arraycopy(from, at, data, 0, length);
    private final byte[] packet = new byte[SIZE];
    private final byte[] opened = new byte[SIZE];
    private final byte[] nonce = new byte[12];
    private final SecretKey key = new SecretKeySpec(new byte[16], "AES");
    private final PacketProtection protection = PacketProtection.of(Aead.AES_GCM, new byte[32], new byte[32]);
    private final Cipher sealing = cipher();
    private final Cipher opening = cipher();
    private final StreamMemory memory = new StreamMemory(16 << 20);
    private final StaticKey serverKey = StaticKey.generate();
    private final ConnectionConfig config = new ConnectionConfig.Builder()
            .congestion(new CongestionAlgorithm(CongestionAlgorithm.Kind.FIXED_RATE, BYTES_PER_SECOND)::create)
            .sendBuffer(BUFFER, 2 * BUFFER).maxPacket(SIZE).build();
    private final Connection client = Connection.connect(0, path, config, memory,
            NoiseHandshakes.known(Aead.AES_GCM, StaticKey.generate(), serverKey.publicKey(), null), new Ids(), 0,
            new SplittableRandom(1), ConnectionObserver.NONE);
    private final Connection server = accepted();

    private long stream = Connection.NO_STREAM;
    private long now;
    private long sent;
    private long due;
    private long number;

    private static Cipher cipher() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Connection accepted() {
        HandshakeProvider handshakes = NoiseHandshakes.server(serverKey, null);
        Acceptor acceptor = new Acceptor(config, memory, Acceptor.Policy.DEFAULT, handshakes, new Ids(),
                new RetryCookie(new RetryCookie.Seed()), new HandshakeLimiter(1000, 1000), null, new SplittableRandom(2));
        client.poll(now, batch);
        acceptor.onDatagram(now, 0, path, batch.bytes(), 0, batch.length(), 0, 0);
        Connection accepted = acceptor.accepted();
        accepted.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        return accepted;
    }

    /** Until both ends know each other, and packets are as large as they become. */
    @Setup
    public void establish() {
        while (stream == Connection.NO_STREAM) {
            step();
            if (client.isEstablished()) {
                stream = client.open();
            }
        }
        for (int i = 0; i < 100_000; i++) {
            step();
        }
        due = sent;
    }

    /** A full packet: its bytes are written, sealed, opened, acknowledged and read. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long packet() {
        for (due += PACKETS; sent < due;) {
            step(); // what it sends too many, the next call sends less
        }
        return sent;
    }

    private void step() {
        now += STEP_NANOS;
        while (stream != Connection.NO_STREAM && client.write(stream, source, data.length) == data.length) {
            // as much as it takes
        }
        sent += pass(client, server);
        while (server.accept() != Connection.NO_STREAM || server.nextReadable() != Connection.NO_STREAM
                || server.pollEvent() != null || client.pollEvent() != null || client.nextWritable() != Connection.NO_STREAM) {
            // there is one stream, and it is looked at in each step
        }
        while (server.read(now, 0, sink, data.length) > 0) {
            // all that came
        }
        pass(server, client);
    }

    /** How many packets went. */
    private int pass(Connection from, Connection to) {
        int packets = 0;
        for (; from.poll(now, batch); packets += batch.segments()) {
            for (int at = 0; at < batch.length(); at += batch.segmentSize()) {
                to.onDatagram(now, path, 0, batch.bytes(), at, Math.min(batch.segmentSize(), batch.length() - at));
            }
        }
        if (from.nextTimeout(now) <= now) {
            from.onTimeout(now);
        }
        if (to.nextTimeout(now) <= now) {
            to.onTimeout(now);
        }
        return packets;
    }

    /** Sealing and opening a packet of that size: cipher, mask of the header, nothing else. */
    @Benchmark
    public long sealAndOpen() {
        packet[0] = 3;
        int length = protection.seal(packet, 0, HEADER, PAYLOAD, number);
        long opens = protection.open(0, packet, 0, length, HEADER - 4, number - 1, opened, 0);
        if (opens != number) {
            throw new IllegalStateException("packet " + number + " does not open");
        }
        return number++;
    }

    /** What {@code javax.crypto} does for it, called as it must be: AES-128-GCM with a nonce of its own for each packet. */
    @Benchmark
    public int cipherAlone() throws GeneralSecurityException {
        number++;
        for (int i = 0; i < 8; i++) {
            nonce[4 + i] = (byte) (number >>> (56 - 8 * i));
        }
        sealing.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        sealing.updateAAD(packet, 0, HEADER);
        sealing.doFinal(packet, HEADER, PAYLOAD, packet, HEADER);
        opening.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        opening.updateAAD(packet, 0, HEADER);
        return opening.doFinal(packet, HEADER, PAYLOAD + PacketProtection.TAG_LENGTH, opened, 0);
    }

    /** Nothing is routed by these. */
    private static final class Ids implements ConnectionIds {
        private final SplittableRandom random = new SplittableRandom(3);

        @Override
        public ConnectionId issue(Connection connection) {
            return ConnectionId.create(0, random);
        }

        @Override
        public void retire(ConnectionId id) {}

        @Override
        public byte[] resetToken(ConnectionId id) {
            byte[] token = new byte[16];
            random.nextBytes(token);
            return token;
        }
    }
}
