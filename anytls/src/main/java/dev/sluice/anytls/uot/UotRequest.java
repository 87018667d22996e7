package dev.sluice.anytls.uot;

import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a stream of version 2 begins with: one byte for the mode, then a SOCKS5 address.
 *
 * @param connect whether all datagrams go to and come from {@code target}; otherwise each names its own address
 * @param target the one target, or the first of several
 */
public record UotRequest(boolean connect, SocksAddress target) {

    /**
     * Reads a request.
     *
     * @return null where bytes are missing: nothing is read then
     * @throws ProtocolException where it is malformed
     */
    public static @Nullable UotRequest read(ByteBuf in) throws ProtocolException {
        if (!in.isReadable()) {
            return null;
        }
        int mode = in.getUnsignedByte(in.readerIndex());
        if (mode > 1) {
            throw new ProtocolException("UDP over TCP: mode " + mode);
        }
        int start = in.readerIndex();
        in.skipBytes(1);
        SocksAddress target = SocksAddress.read(in);
        if (target == null) {
            in.readerIndex(start);
            return null;
        }
        return new UotRequest(mode == 1, target);
    }

    /** Bytes that {@link #write} writes. */
    public int length() {
        return 1 + target.length();
    }

    /** Writes it. */
    public void write(ByteBuf out) {
        out.writeByte(connect ? 1 : 0);
        target.write(out);
    }
}
