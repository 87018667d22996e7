package dev.sluice.anytls.uot;

import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams on a stream, after the request: {@code length (2) | bytes} where the stream has one target, otherwise {@code type |
 * address | port | length (2) | bytes} for each, both ways. A datagram has up to 65,535 bytes.
 *
 * <p><b>Two dialects.</b> The types of sing, which made the protocol, are 0 for IPv4, 1 for IPv6, 2 for a name; some peers write the
 * types of SOCKS5 instead: 1, 4, 3. A server learns which one its peer speaks. Types 0 and 2 are only of the one, 3 and 4 only of
 * the other. Type 1 is in both; then it is SOCKS5 where it makes the datagram's address the one that the request has named, which
 * is IPv4. What was learned holds for the answers too.
 *
 * <p>One object for each stream and side: {@link #read} for what comes, {@link #writeHeader} for what goes. What comes is never kept
 * here: the caller keeps what {@link #read} has left, which is less than {@link #MAX_DATAGRAM}.
 */
public final class UotDatagrams {
    /** Bytes of the longest datagram with its header. */
    public static final int MAX_DATAGRAM = SocksAddress.MAX_LENGTH + 2 + 65_535;

    /** How types are numbered. */
    public enum Dialect {
        /** 0, 1, 2 for IPv4, IPv6, name. */
        SING(0, 1, 2),
        /** 1, 4, 3. */
        SOCKS(1, 4, 3);

        private final int ipv4;
        private final int ipv6;
        private final int name;

        Dialect(int ipv4, int ipv6, int name) {
            this.ipv4 = ipv4;
            this.ipv6 = ipv6;
            this.name = name;
        }
    }

    /**
     * One datagram.
     *
     * @param peer who sent it, or who is to get it; null where the address is none that can be used (port 0, a broken name)
     * @param payload a slice that the receiver releases
     */
    public record Datagram(@Nullable Destination peer, ByteBuf payload) {}

    private final @Nullable Destination only;
    private final @Nullable SocksAddress requested;
    private @Nullable Dialect dialect;

    private UotDatagrams(@Nullable Destination only, @Nullable SocksAddress requested, @Nullable Dialect dialect) {
        this.only = only;
        this.requested = requested;
        this.dialect = dialect;
    }

    /** All datagrams are {@code target}'s, and carry no address. */
    public static UotDatagrams connected(Destination target) {
        return new UotDatagrams(target, null, null);
    }

    /** Each datagram has its address, in {@code dialect}. */
    public static UotDatagrams addressed(Dialect dialect) {
        return new UotDatagrams(null, null, dialect);
    }

    /**
     * Each datagram has its address, in the dialect of the peer.
     *
     * @param requested what its request has named; null where it has sent none
     */
    public static UotDatagrams learning(@Nullable SocksAddress requested) {
        return new UotDatagrams(null, requested, null);
    }

    /**
     * Reads one datagram.
     *
     * @return null where bytes are missing: nothing is read then
     * @throws ProtocolException where the type of an address is unknown: what follows cannot be read
     */
    public @Nullable Datagram read(ByteBuf in) throws ProtocolException {
        int header = only != null ? 2 : headerLength(in);
        if (header < 0 || in.readableBytes() < header) {
            return null;
        }
        int length = in.getUnsignedShort(in.readerIndex() + header - 2);
        if (in.readableBytes() < header + length) {
            return null;
        }
        Destination peer = only != null ? only : readAddress(in);
        in.skipBytes(2);
        return new Datagram(peer, in.readRetainedSlice(length));
    }

    /** Bytes up to the payload; -1 where even that cannot be told yet. */
    private int headerLength(ByteBuf in) throws ProtocolException {
        if (!in.isReadable()) {
            return -1;
        }
        int start = in.readerIndex();
        int type = in.getUnsignedByte(start);
        Dialect now = dialect != null ? dialect : learn(in, type);
        if (now == null) {
            return -1;
        }
        if (type == now.ipv4) {
            return 1 + 4 + 2 + 2;
        }
        if (type == now.ipv6) {
            return 1 + 16 + 2 + 2;
        }
        if (type == now.name) {
            return in.readableBytes() < 2 ? -1 : 1 + 1 + in.getUnsignedByte(start + 1) + 2 + 2;
        }
        throw new ProtocolException("UDP over TCP: unknown address type " + type);
    }

    /** Null where it takes more bytes to tell. */
    private @Nullable Dialect learn(ByteBuf in, int type) throws ProtocolException {
        Dialect learned = switch (type) {
            case 0, 2 -> Dialect.SING;
            case 3, 4 -> Dialect.SOCKS;
            case 1 -> learnOfTypeOne(in);
            default -> throw new ProtocolException("UDP over TCP: unknown address type " + type);
        };
        dialect = learned;
        return learned;
    }

    private @Nullable Dialect learnOfTypeOne(ByteBuf in) {
        if (requested == null || !(requested.host() instanceof Host.Address a) || !(a.value() instanceof Inet4Address)) {
            return Dialect.SING;
        }
        if (in.readableBytes() < 1 + 4 + 2) {
            return null;
        }
        int start = in.readerIndex() + 1;
        byte[] address = a.value().getAddress();
        for (int i = 0; i < address.length; i++) {
            if (in.getByte(start + i) != address[i]) {
                return Dialect.SING;
            }
        }
        return in.getUnsignedShort(start + 4) == requested.port() ? Dialect.SOCKS : Dialect.SING;
    }

    private @Nullable Destination readAddress(ByteBuf in) throws ProtocolException {
        int type = in.readUnsignedByte();
        Dialect now = dialect();
        if (type == now.name) {
            String name = in.readCharSequence(in.readUnsignedByte(), StandardCharsets.UTF_8).toString();
            return destination(() -> Host.parse(name), in.readUnsignedShort());
        }
        byte[] address = new byte[type == now.ipv4 ? 4 : 16];
        in.readBytes(address);
        try {
            InetAddress value = InetAddress.getByAddress(address);
            return destination(() -> Host.of(value), in.readUnsignedShort());
        } catch (UnknownHostException e) {
            throw new ProtocolException("UDP over TCP: address of " + address.length + " bytes");
        }
    }

    /** Makes a host of what was read. */
    private interface HostReader {
        Host read();
    }

    private static @Nullable Destination destination(HostReader host, int port) {
        try {
            return new Destination(Network.UDP, host.read(), port);
        } catch (InvalidDestinationException e) {
            return null;
        }
    }

    /** The dialect of the answers: as learned, otherwise sing's. */
    private Dialect dialect() {
        return dialect == null ? Dialect.SING : dialect;
    }

    /** Bytes that {@link #writeHeader} writes for a datagram of {@code peer}. */
    public int headerLength(Destination peer) {
        return only != null ? 2 : SocksAddress.of(peer).length() + 2;
    }

    /** Writes what stands before a payload of {@code length} bytes, up to 65,535. */
    public void writeHeader(ByteBuf out, Destination peer, int length) {
        if (only == null) {
            writeAddress(out, peer);
        }
        out.writeShort(length);
    }

    private void writeAddress(ByteBuf out, Destination peer) {
        Dialect now = dialect();
        if (peer.host() instanceof Host.Address a) {
            byte[] address = a.value().getAddress();
            out.writeByte(address.length == 4 ? now.ipv4 : now.ipv6).writeBytes(address);
        } else if (peer.host() instanceof Host.Name n) {
            out.writeByte(now.name).writeByte(n.value().length());
            out.writeCharSequence(n.value(), StandardCharsets.US_ASCII);
        }
        out.writeShort(peer.port());
    }
}
