package dev.sluice.rudp.protocol.wire;

/**
 * The header of the packets before a connection is established. What is common to all versions: the highest bit is set, then the
 * version, then both connection IDs with their lengths. Nothing here is authenticated: {@link #parse} says no, it never throws.
 */
public final class LongHeader {
    /** The client's first packet: token, first handshake message. */
    public static final int INITIAL = 0;
    /** Data of the client under keys of the first message. */
    public static final int EARLY = 1;
    /** The following handshake messages. */
    public static final int HANDSHAKE = 2;
    /** The server wants the first packet again, with a token. */
    public static final int RETRY = 3;

    /** Bytes before the token or the length in a packet of version 1. */
    public static final int FIXED_LENGTH = 1 + 4 + 2 * (1 + ConnectionId.LENGTH);

    private static final int MAX_ID = 20;

    private int type;
    private int version;
    private int destinationOffset;
    private int destinationLength;
    private int sourceOffset;
    private int sourceLength;
    private int tokenOffset;
    private int tokenLength;
    private int contentOffset;
    private int contentLength;

    /** Whether a packet with this first byte has a long header. */
    public static boolean isLong(byte first) {
        return first < 0;
    }

    /** Whether a packet with this first byte is a later message of the handshake. */
    public static boolean isHandshake(byte first) {
        return first < 0 && type(first) == HANDSHAKE;
    }

    private static int type(byte first) {
        return (first >> 4) & 3;
    }

    /**
     * Reads the header at {@code offset}. Of a packet of another version only version and IDs are read, and the content is all the rest.
     *
     * @return false where it cannot be one
     */
    public boolean parse(byte[] bytes, int offset, int length) {
        int end = offset + length;
        if (length < 7 || bytes[offset] >= 0) {
            return false;
        }
        type = type(bytes[offset]);
        version = (int) PacketNumbers.read(bytes, offset + 1, 4);
        destinationLength = bytes[offset + 5] & 0xFF;
        destinationOffset = offset + 6;
        int at = destinationOffset + destinationLength;
        if (destinationLength > MAX_ID || at >= end) {
            return false;
        }
        sourceLength = bytes[at] & 0xFF;
        sourceOffset = at + 1;
        at = sourceOffset + sourceLength;
        if (sourceLength > MAX_ID || at > end) {
            return false;
        }
        tokenOffset = at;
        tokenLength = 0;
        contentOffset = at;
        contentLength = end - at;
        return !Versions.supported(version) || parseVersion1(bytes, offset, end);
    }

    private boolean parseVersion1(byte[] bytes, int offset, int end) {
        if ((bytes[offset] & 0x40) == 0 || destinationLength != ConnectionId.LENGTH || sourceLength != ConnectionId.LENGTH) {
            return false;
        }
        int at = contentOffset;
        if (type == RETRY) {
            return contentLength > 0;
        }
        if (type == INITIAL) {
            tokenLength = length(bytes, at, end);
            tokenOffset = at + 2;
            at = tokenOffset + tokenLength;
            if (tokenLength < 0 || at > end) {
                return false;
            }
        }
        contentLength = length(bytes, at, end);
        contentOffset = at + 2;
        return contentLength > 0;
    }

    /** Lengths in long headers are variable-length integers of two bytes. */
    private static int length(byte[] bytes, int at, int end) {
        if (end - at < 2 || (bytes[at] & 0xC0) != 0x40) {
            return -1;
        }
        int length = ((bytes[at] & 0x3F) << 8) | (bytes[at + 1] & 0xFF);
        return length <= end - at - 2 ? length : -1;
    }

    /**
     * Writes a header of version 1 up to where the token or the length goes.
     *
     * @param writer needs {@link #FIXED_LENGTH} bytes of room
     */
    public static void write(ByteWriter writer, int type, ConnectionId destination, ConnectionId source) {
        writer.u8(0xC0 | (type << 4));
        writer.i32(Versions.V1);
        writer.u8(ConnectionId.LENGTH);
        destination.write(writer.array(), writer.position());
        writer.position(writer.position() + ConnectionId.LENGTH);
        writer.u8(ConnectionId.LENGTH);
        source.write(writer.array(), writer.position());
        writer.position(writer.position() + ConnectionId.LENGTH);
    }

    /** One of {@link #INITIAL}, {@link #EARLY}, {@link #HANDSHAKE}, {@link #RETRY}; only of a packet of a known version. */
    public int type() {
        return type;
    }

    /** The version; {@link Versions#NEGOTIATION} in an answer to an unknown one. */
    public int version() {
        return version;
    }

    /** Where the destination's ID is. */
    public int destinationOffset() {
        return destinationOffset;
    }

    /** Bytes of the destination's ID. */
    public int destinationLength() {
        return destinationLength;
    }

    /** Where the source's ID is. */
    public int sourceOffset() {
        return sourceOffset;
    }

    /** Bytes of the source's ID. */
    public int sourceLength() {
        return sourceLength;
    }

    /** Where the token is. */
    public int tokenOffset() {
        return tokenOffset;
    }

    /** Bytes of the token, 0 for none. */
    public int tokenLength() {
        return tokenLength;
    }

    /** Where the content is: a handshake message, a protected packet number and its payload, a token, a list of versions. */
    public int contentOffset() {
        return contentOffset;
    }

    /** Bytes of the content. */
    public int contentLength() {
        return contentLength;
    }

    /** Where the packet ends; another may follow in the datagram. */
    public int end() {
        return contentOffset + contentLength;
    }
}
