package dev.sluice.proxy.socks;

import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An address as SOCKS5 writes it: type, host, port (RFC 1928 §5). Unlike a {@link Destination} it may have port 0, as the bound
 * addresses of replies do. Immutable.
 *
 * @param host a name or an address
 * @param port 0 to 65535
 */
public record SocksAddress(Host host, int port) {
    static final int IPV4 = 1;
    static final int NAME = 3;
    static final int IPV6 = 4;

    /** Bytes of the longest address: type, length, a name of 255 octets, port. */
    public static final int MAX_LENGTH = 1 + 1 + 255 + 2;

    /** The address of a destination. */
    public static SocksAddress of(Destination destination) {
        return new SocksAddress(destination.host(), destination.port());
    }

    /**
     * As somewhere to go.
     *
     * @throws InvalidDestinationException where the port is 0
     */
    public Destination to(Network network) {
        return new Destination(network, host, port);
    }

    /** Bytes that {@link #write} writes. */
    public int length() {
        return switch (host) {
            case Host.Address a -> 1 + (a.value() instanceof Inet4Address ? 4 : 16) + 2;
            case Host.Name n -> 1 + 1 + n.value().length() + 2;
        };
    }

    /** Writes type, host and port. The zone of an IPv6 address means nothing to the peer and is left out. */
    public void write(ByteBuf out) {
        switch (host) {
            case Host.Address a -> {
                byte[] bytes = a.value().getAddress();
                out.writeByte(bytes.length == 4 ? IPV4 : IPV6).writeBytes(bytes);
            }
            case Host.Name n -> {
                out.writeByte(NAME).writeByte(n.value().length());
                out.writeCharSequence(n.value(), StandardCharsets.US_ASCII);
            }
        }
        out.writeShort(port);
    }

    /**
     * Bytes of the address that begins at the reader index, as far as its first two bytes tell; the reader index stays.
     *
     * @return -1 where even those are not there yet
     * @throws ProtocolException where the type is unknown
     */
    public static int length(ByteBuf in) throws ProtocolException {
        if (!in.isReadable()) {
            return -1;
        }
        int type = in.getUnsignedByte(in.readerIndex());
        return switch (type) {
            case IPV4 -> 1 + 4 + 2;
            case IPV6 -> 1 + 16 + 2;
            case NAME -> in.readableBytes() < 2 ? -1 : 1 + 1 + in.getUnsignedByte(in.readerIndex() + 1) + 2;
            default -> throw new ProtocolException("SOCKS5: unknown address type " + type);
        };
    }

    /**
     * Reads an address; a name that is an address in text becomes that address.
     *
     * @return null where bytes are missing: nothing is read then
     * @throws ProtocolException where it is malformed
     */
    public static @Nullable SocksAddress read(ByteBuf in) throws ProtocolException {
        int length = length(in);
        if (length < 0 || in.readableBytes() < length) {
            return null;
        }
        int type = in.readUnsignedByte();
        Host host = type == NAME ? readName(in) : readAddress(in, type == IPV4 ? 4 : 16);
        return new SocksAddress(host, in.readUnsignedShort());
    }

    private static Host readAddress(ByteBuf in, int size) throws ProtocolException {
        byte[] bytes = new byte[size];
        in.readBytes(bytes);
        try {
            return new Host.Address(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new ProtocolException("SOCKS5: address of " + size + " bytes");
        }
    }

    private static Host readName(ByteBuf in) throws ProtocolException {
        int length = in.readUnsignedByte();
        if (length == 0) {
            throw new ProtocolException("SOCKS5: empty name");
        }
        for (int i = 0; i < length; i++) {
            int octet = in.getUnsignedByte(in.readerIndex() + i);
            if (octet <= ' ' || octet == 0x7f) {
                throw new ProtocolException("SOCKS5: octet " + octet + " in a name");
            }
        }
        String name = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
        try {
            return Destination.of(Network.TCP, name, 1).host();
        } catch (InvalidDestinationException e) {
            throw new ProtocolException("SOCKS5: not a name or an address: " + e.getMessage());
        }
    }
}
