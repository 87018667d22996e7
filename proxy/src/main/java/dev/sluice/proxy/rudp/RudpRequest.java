package dev.sluice.proxy.rudp;

import dev.sluice.core.ProtocolException;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of a stream, from the client: what the stream is for. A command, for a packet flow its number, and an address as
 * SOCKS5 writes it (RFC 1928 §5). The server answers with one {@link RudpAnswer}.
 *
 * @param command what is wanted
 * @param flow the number that datagrams of the flow carry; 0 for a stream
 * @param target where it goes; for a flow the first target
 */
public record RudpRequest(Command command, int flow, SocksAddress target) {

    /** What is wanted. */
    public enum Command {
        /** The bytes of a TCP connection, 1. */
        CONNECT(1),
        /** A packet flow, 2. */
        ASSOCIATE(2);

        private final int code;

        Command(int code) {
            this.code = code;
        }
    }

    /** A stream to {@code target}. */
    public static RudpRequest connect(SocksAddress target) {
        return new RudpRequest(Command.CONNECT, 0, target);
    }

    /** A packet flow whose first packet goes to {@code target}. */
    public static RudpRequest associate(int flow, SocksAddress target) {
        return new RudpRequest(Command.ASSOCIATE, flow, target);
    }

    /** Bytes that {@link #write} writes. */
    public int length() {
        return 1 + (command == Command.ASSOCIATE ? Integer.BYTES : 0) + target.length();
    }

    /** Writes all of it. */
    public void write(ByteBuf out) {
        out.writeByte(command.code);
        if (command == Command.ASSOCIATE) {
            out.writeInt(flow);
        }
        target.write(out);
    }

    /**
     * Reads a request.
     *
     * @return null where bytes are missing: nothing is read then
     * @throws ProtocolException where the command is unknown or the address is malformed
     */
    public static @Nullable RudpRequest read(ByteBuf in) throws ProtocolException {
        if (!in.isReadable()) {
            return null;
        }
        int start = in.readerIndex();
        int code = in.readUnsignedByte();
        if (code != Command.CONNECT.code && code != Command.ASSOCIATE.code) {
            throw new ProtocolException("rudp: unknown command " + code);
        }
        boolean flows = code == Command.ASSOCIATE.code;
        int flow = 0;
        if (flows && in.readableBytes() >= Integer.BYTES) {
            flow = in.readInt();
        } else if (flows) {
            in.readerIndex(start);
            return null;
        }
        SocksAddress target = SocksAddress.read(in);
        if (target == null) {
            in.readerIndex(start);
            return null;
        }
        return new RudpRequest(flows ? Command.ASSOCIATE : Command.CONNECT, flow, target);
    }
}
