package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.crypto.PacketProtection;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.FrameType;
import dev.sluice.rudp.protocol.wire.LongHeader;
import dev.sluice.rudp.protocol.wire.ShortHeader;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Puts packets together: acknowledgement first, then control frames, then messages, then data of streams until the packet is full. What
 * is put in is remembered with the packet.
 */
final class PacketAssembler {
    /** What a packet may hold. */
    enum Content {
        /** Only an acknowledgement, and only if it is due. */
        ACK,
        /** Anything. */
        ALL,
        /** Anything, and a PING at least. */
        PROBE
    }

    private static final int EARLY_HEADER = LongHeader.FIXED_LENGTH + 2;
    /** A gap at the end of a full packet that is filled, so that segments have one size. */
    private static final int FILLED_GAP = 64;
    private static final int SKIP_EVERY = 512;

    private final SentPackets packets;
    private final LossRecovery recovery;
    private final AckTracker acks;
    private final Streams streams;
    private final Messages messages;
    private final LocalIds localIds;
    private final RemoteIds remoteIds;
    private final RandomGenerator random;
    private final Counters counters;
    private final ConnectionObserver observer;
    private final ByteWriter out = new ByteWriter();
    private @Nullable PacketKeys keys;
    private @Nullable PacketKeys earlyKeys;
    private @Nullable Repair repair;
    private int untilSkip;

    boolean handshakeDoneDue;
    boolean pingDue;
    /** The acknowledgement rate that is wished for: packets, 0 for no wish to send. */
    int ackFrequencyDue;
    long ackFrequencySequence;
    long ackFrequencyDelay;
    long repairedToTell;

    PacketAssembler(SentPackets packets, LossRecovery recovery, AckTracker acks, Streams streams, Messages messages,
            LocalIds localIds, RemoteIds remoteIds, RandomGenerator random, Counters counters, ConnectionObserver observer) {
        this.packets = packets;
        this.recovery = recovery;
        this.acks = acks;
        this.streams = streams;
        this.messages = messages;
        this.localIds = localIds;
        this.remoteIds = remoteIds;
        this.random = random;
        this.counters = counters;
        this.observer = observer;
        untilSkip = 1 + random.nextInt(SKIP_EVERY);
    }

    void keys(PacketKeys keys) {
        this.keys = keys;
        earlyKeys = null;
    }

    void repair(Repair repair) {
        this.repair = repair;
    }

    /** Bytes that packets of data leave free, because error correction needs them. */
    int reserve() {
        return repair == null ? 0 : Repair.RESERVE;
    }

    boolean repairPending() {
        return repair != null && repair.pending() > 0;
    }

    void earlyKeys(PacketKeys keys) {
        earlyKeys = keys;
    }

    boolean hasKeys() {
        return keys != null || earlyKeys != null;
    }

    boolean early() {
        return keys == null;
    }

    /** Whether anything waits that a packet of {@link Content#ALL} would carry, acknowledgements aside. */
    boolean hasContent() {
        return pingDue || handshakeDoneDue || ackFrequencyDue > 0 || repairedToTell > 0 || localIds.hasFrames()
                || remoteIds.hasFrames() || messages.hasSendable() || streams.hasSendable();
    }

    /** Writes one packet of at most {@code size} bytes; returns its length, 0 for nothing to send. */
    int write(long now, Path path, byte[] bytes, int offset, int size, Content content) {
        SentPacket packet = begin(path, bytes, offset, size);
        int start = out.position();
        if (keys != null && (content == Content.ACK ? acks.due(now) : acks.pending())) {
            packet.largestAck = acks.write(out, now);
            if (acks.manyRanges() && !recovery.somethingOutstanding()) {
                pingDue = true;
            }
        }
        if (content != Content.ACK) {
            writeContent(packet, size - (start - offset) - PacketKeys.TAG_LENGTH);
            if (content == Content.PROBE && !packet.ackEliciting) {
                ping(packet);
            }
        }
        if (out.position() == start) {
            return 0;
        }
        if (packet.ackEliciting && out.room() > 0 && out.room() < FILLED_GAP && streams.hasData()) {
            out.zeros(out.room());
        }
        return finish(now, path, packet, offset, start);
    }

    private void writeContent(SentPacket packet, int largest) {
        if (handshakeDoneDue) {
            handshakeDoneDue = false;
            out.u8(FrameType.HANDSHAKE_DONE);
            packet.add(SentPacket.HANDSHAKE_DONE, null, 0, 0);
            packet.ackEliciting = true;
        }
        if (pingDue) {
            ping(packet);
        }
        if (repairedToTell > 0) {
            out.varInt(FrameType.FEC_REPAIRED);
            out.varInt(repairedToTell);
            repairedToTell = 0;
        }
        if (ackFrequencyDue > 0) {
            out.varInt(FrameType.ACK_FREQUENCY);
            out.varInt(ackFrequencySequence++);
            out.varInt(ackFrequencyDue);
            out.varInt(ackFrequencyDelay / 1000);
            out.varInt(1);
            packet.add(SentPacket.ACK_FREQUENCY, null, ackFrequencyDue, 0);
            packet.ackEliciting = true;
            ackFrequencyDue = 0;
        }
        localIds.write(out, packet);
        remoteIds.write(out, packet);
        streams.writeControl(out, packet);
        messages.write(out, packet, largest);
        streams.writeData(out, packet);
    }

    private void ping(SentPacket packet) {
        pingDue = false;
        out.u8(FrameType.PING);
        packet.ackEliciting = true;
    }

    /** Writes a challenge, an answer or both, alone in a packet, filled up to {@code size} bytes. */
    int writePathProbe(long now, Path path, byte[] bytes, int offset, int size, long interval) {
        SentPacket packet = begin(path, bytes, offset, size);
        int start = out.position();
        PathValidation validation = path.validation;
        if (validation.responseDue()) {
            out.u8(FrameType.PATH_RESPONSE);
            out.i64(validation.takeResponse());
        }
        if (validation.due()) {
            out.u8(FrameType.PATH_CHALLENGE);
            out.i64(validation.challenge(now, interval, random));
        }
        out.zeros(out.room());
        packet.ackEliciting = true;
        return finish(now, path, packet, offset, start);
    }

    /** Writes a packet of exactly {@code size} bytes that only finds out whether such packets get through. */
    int writeMtuProbe(long now, Path path, byte[] bytes, int offset, int size) {
        SentPacket packet = begin(path, bytes, offset, size);
        int start = out.position();
        packet.mtuProbe = true;
        ping(packet);
        out.zeros(out.room());
        path.mtu.onProbeSent(size);
        return finish(now, path, packet, offset, start);
    }

    /** Writes a close; returns its length. It is not remembered: it is repeated when the peer goes on. */
    int writeClose(Path path, byte[] bytes, int offset, int size, boolean application, long code, byte[] reason) {
        SentPacket packet = begin(path, bytes, offset, size);
        int start = out.position();
        out.varInt(application ? FrameType.APPLICATION_CLOSE : FrameType.CLOSE);
        out.varInt(code);
        out.varInt(reason.length);
        out.bytes(reason, 0, reason.length);
        int length = seal(packet, offset, start);
        packets.skip();
        return length;
    }

    /** Writes a packet with the next repair symbol. */
    int writeRepair(long now, Path path, byte[] bytes, int offset, int size) {
        Repair repairing = repair;
        SentPacket packet = begin(path, bytes, offset, size);
        int start = out.position();
        if (repairing == null) {
            return 0;
        }
        while (repairing.pending() + 1 > out.room()) {
            repairing.discard(); // made for larger packets than this path takes now
        }
        if (repairing.pending() == 0) {
            return 0;
        }
        out.u8(FrameType.FEC_REPAIR);
        out.position(out.position() + repairing.write(bytes, out.position()));
        packet.ackEliciting = true;
        return finish(now, path, packet, offset, start);
    }

    private SentPacket begin(Path path, byte[] bytes, int offset, int size) {
        if (untilSkip-- == 0) {
            untilSkip = SKIP_EVERY + random.nextInt(SKIP_EVERY);
            packets.skip();
        }
        SentPacket packet = packets.prepare();
        long number = packet.packetNumber;
        int numberLength = PacketProtection.packetNumberLength(number, recovery.largestAcked());
        int header;
        if (keys != null) {
            header = ShortHeader.write(bytes, offset, path.remoteId, number, numberLength);
        } else {
            header = EARLY_HEADER + numberLength;
            packet.early = true;
            dev.sluice.rudp.protocol.wire.PacketNumbers.write(number, numberLength, bytes, offset + EARLY_HEADER);
            out.wrap(bytes, offset, EARLY_HEADER);
            LongHeader.write(out, LongHeader.EARLY, path.remoteId, localIds.first());
            bytes[offset] |= (byte) (numberLength - 1);
        }
        out.wrap(bytes, offset + header, size - header - PacketKeys.TAG_LENGTH);
        return packet;
    }

    private int finish(long now, Path path, SentPacket packet, int offset, int start) {
        Repair repairing = repair;
        if (repairing != null && packet.items() > 0 && !packet.early) {
            repairing.onSent(packet.packetNumber, out.array(), start, out.position() - start);
        }
        packet.bytes = seal(packet, offset, start);
        packet.inFlight = packet.ackEliciting;
        packets.commit(packet);
        recovery.onSent(now, packet, path);
        counters.packetsSent++;
        counters.bytesSent += packet.bytes;
        observer.packetSent(now, PacketType.of(packet.early), packet.packetNumber, packet.bytes, packet.ackEliciting);
        return packet.bytes;
    }

    private int seal(SentPacket packet, int offset, int start) {
        int length = out.position() - start;
        if (length < PacketKeys.MIN_PAYLOAD) {
            out.zeros(PacketKeys.MIN_PAYLOAD - length);
            length = PacketKeys.MIN_PAYLOAD;
        }
        PacketKeys sealing = keys;
        if (sealing == null) {
            sealing = earlyKeys;
            int content = out.position() + PacketKeys.TAG_LENGTH - offset - EARLY_HEADER;
            out.array()[offset + EARLY_HEADER - 2] = (byte) (0x40 | content >> 8);
            out.array()[offset + EARLY_HEADER - 1] = (byte) content;
        }
        if (sealing == null) {
            throw new IllegalStateException("no keys");
        }
        return sealing.seal(out.array(), offset, start - offset, length, packet.packetNumber);
    }
}
