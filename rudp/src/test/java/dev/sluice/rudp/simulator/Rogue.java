package dev.sluice.rudp.simulator;

import dev.sluice.rudp.protocol.Acceptor;
import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import dev.sluice.rudp.protocol.ConnectionIds;
import dev.sluice.rudp.protocol.ConnectionObserver;
import dev.sluice.rudp.protocol.DatagramBatch;
import dev.sluice.rudp.protocol.NetworkPath;
import dev.sluice.rudp.protocol.PacketKeys;
import dev.sluice.rudp.protocol.PacketType;
import dev.sluice.rudp.protocol.StreamMemory;
import dev.sluice.rudp.protocol.crypto.HandshakeLimiter;
import dev.sluice.rudp.protocol.crypto.RetryCookie;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** A client that has done a proper handshake with a server's connection, and then sends it whatever frames it likes. */
final class Rogue {
    private static final long FAR = 10_000;

    final Connection server;
    private final NetworkPath path = new NetworkPath(0, Simulation.SERVER);
    private final DatagramBatch batch = new DatagramBatch(65_000, 1);
    private final PacketKeys keys;
    private final ConnectionId serverId;
    /** Of the packets that the server has sent. */
    final List<Long> numbers = new ArrayList<>();
    private long now = 1_000_000_000L;
    private final byte[] first;
    private final Acceptor acceptor;
    private long number = FAR;

    Rogue() {
        ConnectionConfig config = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build();
        StubHandshakes handshakes = new StubHandshakes(false, 1);
        SplittableRandom random = new SplittableRandom(1);
        ConnectionIds ids = new RandomIds(random);
        StreamMemory memory = new StreamMemory(Node.BUDGET);
        Connection client = Connection.connect(now, path, config, memory, handshakes, ids, 0, random, ConnectionObserver.NONE);
        client.poll(now, batch);
        first = Arrays.copyOf(batch.bytes(), batch.length());
        LongHeader header = new LongHeader();
        header.parse(first, 0, first.length);
        keys = handshakes.client(ConnectionId.read(first, header.sourceOffset())).keys();
        acceptor = new Acceptor(config, memory, Acceptor.Policy.DEFAULT, handshakes, ids,
                new RetryCookie(new RetryCookie.Seed()), new HandshakeLimiter(10, 10), null, random);
        acceptor.observe(from -> new ConnectionObserver() {
            @Override
            public void packetSent(long at, PacketType type, long sent, int bytes, boolean ackEliciting) {
                if (sent != NO_NUMBER) {
                    numbers.add(sent);
                }
            }
        });
        acceptor.onDatagram(now, 0, path, first, 0, first.length, 0, 0);
        server = acceptor.accepted();
        server.onDatagram(now, path, 0, first, 0, first.length);
        server.poll(now, batch);
        client.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        client.poll(now, batch);
        serverId = ConnectionId.read(batch.bytes(), 1);
        server.onDatagram(now, path, 0, batch.bytes(), 0, batch.length());
        answers();
    }

    /** The first datagram of the handshake. */
    byte[] first() {
        return first.clone();
    }

    /** A datagram that no connection knows. */
    void accept(byte[] datagram) {
        acceptor.onDatagram(now, 0, path, datagram, 0, datagram.length, 0, 0);
    }

    /** A genuine packet with these frames. */
    byte[] seal(Consumer<ByteWriter> frames) {
        byte[] packet = new byte[1500];
        int header = ShortHeader.write(packet, 0, serverId, number, 4);
        ByteWriter out = new ByteWriter().wrap(packet, header, packet.length - header - PacketKeys.TAG_LENGTH);
        frames.accept(out);
        int length = Math.max(out.position() - header, PacketKeys.MIN_PAYLOAD);
        return Arrays.copyOf(packet, keys.seal(packet, 0, header, length, number++));
    }

    void send(Consumer<ByteWriter> frames) {
        deliver(seal(frames));
    }

    void deliver(byte[] datagram) {
        server.onDatagram(now, path, 0, datagram, 0, datagram.length);
    }

    /** The same from another address. */
    void deliverFrom(NetworkPath other, byte[] datagram) {
        server.onDatagram(now, other, 0, datagram, 0, datagram.length);
    }

    /** Time passes. */
    void pass(long nanos) {
        now += nanos;
        server.onTimeout(now);
    }

    /** Bytes that the server sends now, to one address. */
    int bytesTo(NetworkPath to) {
        int bytes = 0;
        while (server.poll(now, batch)) {
            bytes += batch.path().equals(to) ? batch.length() : 0;
        }
        return bytes;
    }

    /** Datagrams that the server sends now. */
    int answers() {
        int count = 0;
        while (server.poll(now, batch)) {
            count++;
        }
        return count;
    }
}
