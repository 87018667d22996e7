package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.wire.ByteReader;
import dev.sluice.rudp.protocol.wire.ByteWriter;
import dev.sluice.rudp.protocol.wire.ErrorCode;
import dev.sluice.rudp.protocol.wire.ProtocolViolation;
import dev.sluice.rudp.protocol.wire.TransportParameters;

/**
 * What both ends say within the handshake.
 *
 * @param early of a client: data goes with the first flight; of a server: it was taken
 * @param time of a client: milliseconds since 1970; of a server: 0
 * @param parameters limits and the like
 */
record Hello(boolean early, long time, TransportParameters parameters) {
    byte[] encode() {
        byte[] encoded = parameters.encode();
        byte[] bytes = new byte[9 + encoded.length];
        ByteWriter out = new ByteWriter().wrap(bytes, 0, bytes.length);
        out.u8(early ? 1 : 0);
        out.i64(time);
        out.bytes(encoded, 0, encoded.length);
        return bytes;
    }

    static Hello decode(byte[] bytes) {
        if (bytes.length < 9) {
            throw new ProtocolViolation(ErrorCode.PARAMETERS, "a handshake without parameters");
        }
        ByteReader in = new ByteReader().wrap(bytes, 0, 9);
        boolean early = (in.u8() & 1) != 0;
        return new Hello(early, in.i64(), TransportParameters.decode(bytes, 9, bytes.length - 9));
    }
}
