package dev.sluice.proxy.rudp;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One packet of a flow. As an unreliable datagram it is the flow's number (4 bytes), an address (RFC 1928 §5) and the payload. What
 * does not fit a datagram, or comes before the server's answer, goes over the flow's stream: 3 bytes of length before address and payload.
 *
 * @param peer where it goes to, or comes from
 * @param payload a view of the bytes it was read from
 */
public record RudpPacket(Destination peer, ByteBuf payload) {
    /** Longest address and payload. */
    public static final int MAX_LENGTH = SocksAddress.MAX_LENGTH + 65_507;

    private static final int LENGTH = 3;

    /** Bytes of a datagram with such a payload. */
    public static int datagramLength(Destination peer, int payload) {
        return Integer.BYTES + SocksAddress.of(peer).length() + payload;
    }

    /** Writes a datagram; the payload stays the caller's. */
    public static void writeDatagram(ByteBuf out, int flow, Destination peer, ByteBuf payload) {
        out.writeInt(flow);
        SocksAddress.of(peer).write(out);
        out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    /** Bytes of a packet on a stream with such a payload. */
    public static int framedLength(Destination peer, int payload) {
        return LENGTH + SocksAddress.of(peer).length() + payload;
    }

    /** Writes a packet for the flow's stream; the payload stays the caller's. */
    public static void writeFramed(ByteBuf out, Destination peer, ByteBuf payload) {
        SocksAddress address = SocksAddress.of(peer);
        out.writeMedium(address.length() + payload.readableBytes());
        address.write(out);
        out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    /**
     * Reads what stands behind the flow's number in a datagram: all of {@code in}.
     *
     * @throws ProtocolException where it is no packet
     */
    public static RudpPacket read(ByteBuf in) throws ProtocolException {
        SocksAddress address = SocksAddress.read(in);
        if (address == null) {
            throw new ProtocolException("rudp: a packet without an address");
        }
        try {
            return new RudpPacket(address.to(Network.UDP), in.readSlice(in.readableBytes()));
        } catch (InvalidDestinationException e) {
            throw new ProtocolException("rudp: a packet to port 0");
        }
    }

    /**
     * Reads a packet from a stream.
     *
     * @return null where bytes are missing: nothing is read then
     * @throws ProtocolException where it is too long, or no packet
     */
    public static @Nullable RudpPacket readFramed(ByteBuf in) throws ProtocolException {
        if (in.readableBytes() < LENGTH) {
            return null;
        }
        int length = in.getUnsignedMedium(in.readerIndex());
        if (length > MAX_LENGTH) {
            throw new ProtocolException("rudp: a packet of " + length + " bytes");
        }
        if (in.readableBytes() < LENGTH + length) {
            return null;
        }
        in.skipBytes(LENGTH);
        return read(in.readSlice(length));
    }
}
