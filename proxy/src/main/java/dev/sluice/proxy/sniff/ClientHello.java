package dev.sluice.proxy.sniff;

import dev.sluice.proxy.sniff.FirstBytes.Verdict;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The server_name of a TLS ClientHello (RFC 6066 §3, RFC 8446 §4.1.2), which may be spread over several records (RFC 8446 §5.1) and
 * need not be there whole: the extensions are read as far as they have come.
 */
final class ClientHello {
    static final byte HANDSHAKE_RECORD = 22;
    private static final int CLIENT_HELLO = 1;
    private static final int SERVER_NAME = 0;
    private static final int HOST_NAME = 0;
    private static final int MAX_RECORD = 16 * 1024;

    private ClientHello() {}

    static Verdict serverName(ByteBuf bytes) {
        byte[] message = new byte[Math.min(bytes.readableBytes(), FirstBytes.MOST)];
        int length = defragment(bytes, message);
        if (length < 0) {
            return Verdict.NONE;
        }
        try {
            return hello(Unpooled.wrappedBuffer(message, 0, length));
        } catch (IndexOutOfBoundsException e) { // read beyond what has come: every read here is bounded by the message itself
            return Verdict.MORE;
        }
    }

    /** Copies the payload of the records, as far as they have come; -1 where a record is no handshake record. */
    private static int defragment(ByteBuf bytes, byte[] message) {
        int at = bytes.readerIndex();
        int end = at + message.length;
        int length = 0;
        while (at < end) {
            if (bytes.getByte(at) != HANDSHAKE_RECORD || (at + 1 < end && bytes.getByte(at + 1) != 3)) {
                return -1;
            }
            if (end - at < 5) {
                break;
            }
            int record = bytes.getUnsignedShort(at + 3);
            if (record == 0 || record > MAX_RECORD) {
                return -1;
            }
            int here = Math.min(record, end - at - 5);
            bytes.getBytes(at + 5, message, length, here);
            length += here;
            at += 5 + record;
        }
        return length;
    }

    private static Verdict hello(ByteBuf in) {
        if (in.readUnsignedByte() != CLIENT_HELLO) {
            return Verdict.NONE;
        }
        int length = in.readUnsignedMedium();
        int end = in.readerIndex() + length;
        in.skipBytes(2 + 32); // legacy_version, random
        in.skipBytes(in.readUnsignedByte()); // legacy_session_id
        in.skipBytes(in.readUnsignedShort()); // cipher_suites
        in.skipBytes(in.readUnsignedByte()); // legacy_compression_methods
        if (in.readerIndex() >= end) {
            return Verdict.NONE;
        }
        int extensionsEnd = in.readUnsignedShort();
        extensionsEnd += in.readerIndex();
        if (extensionsEnd > end) {
            return Verdict.NONE;
        }
        while (in.readerIndex() < extensionsEnd) {
            int type = in.readUnsignedShort();
            int size = in.readUnsignedShort();
            if (in.readerIndex() + size > extensionsEnd) {
                return Verdict.NONE;
            }
            if (type == SERVER_NAME) {
                return serverNames(in.readSlice(size));
            }
            in.skipBytes(size);
        }
        return Verdict.NONE;
    }

    private static Verdict serverNames(ByteBuf list) {
        if (list.readableBytes() < 5) {
            return Verdict.NONE;
        }
        list.skipBytes(2);
        int type = list.readUnsignedByte();
        int size = list.readUnsignedShort();
        if (type != HOST_NAME || size > list.readableBytes()) {
            return Verdict.NONE;
        }
        return FirstBytes.name(list.readCharSequence(size, StandardCharsets.US_ASCII).toString());
    }
}
