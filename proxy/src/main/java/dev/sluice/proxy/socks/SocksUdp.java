package dev.sluice.proxy.socks;

import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;

/**
 * The header of a datagram in a SOCKS5 association (RFC 1928 §7), the same in both directions: to the relay it names the target,
 * from the relay it names who sent it.
 */
public final class SocksUdp {
    /** Bytes of the longest header. */
    public static final int MAX_HEADER = 3 + SocksAddress.MAX_LENGTH;

    private SocksUdp() {}

    /** Bytes that {@link #writeHeader} writes for {@code peer}. */
    public static int headerLength(Destination peer) {
        return 3 + SocksAddress.of(peer).length();
    }

    /** Writes the header for a datagram to, or from, {@code peer}. */
    public static void writeHeader(ByteBuf out, Destination peer) {
        out.writeMedium(0); // RSV, RSV, FRAG
        SocksAddress.of(peer).write(out);
    }

    /**
     * Reads the header of a whole datagram; what stays readable is the payload.
     *
     * @throws ProtocolException where it is malformed, cut short, has port 0, or is a fragment: we do not reassemble, and then a
     *     relay must drop it (RFC 1928 §7)
     */
    public static Destination readHeader(ByteBuf datagram) throws ProtocolException {
        if (datagram.readableBytes() < 3) {
            throw new ProtocolException("SOCKS5 UDP: datagram of " + datagram.readableBytes() + " bytes");
        }
        datagram.skipBytes(2); // RSV: to be zero, but nothing depends on it
        int fragment = datagram.readUnsignedByte();
        if (fragment != 0) {
            throw new ProtocolException("SOCKS5 UDP: fragment " + fragment);
        }
        SocksAddress peer = SocksAddress.read(datagram);
        if (peer == null) {
            throw new ProtocolException("SOCKS5 UDP: header cut short");
        }
        if (peer.port() == 0) {
            throw new ProtocolException("SOCKS5 UDP: port 0");
        }
        return peer.to(Network.UDP);
    }
}
