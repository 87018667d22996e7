package dev.sluice.proxy.socks;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a SOCKS4, 4a or 5 handshake (RFC 1928, RFC 1929, "SOCKS: A protocol for TCP proxy across firewalls", "SOCKS
 * 4A"). Netty's SOCKS codec is lenient where this must refuse (no methods, NUL in names) and gives no place for a fault.
 *
 * <p>{@link #handle} takes bytes and gives the next {@link Step}, or null while bytes are missing; it is called again after a
 * {@link Step.Send}, and after {@link #passwordChecked}. The last step is a {@link Step.Request}, to be
 * answered with {@link #succeeded} or {@link #failed}, or a {@link Step.Refuse}. Bytes after the request stay in the buffer. Not
 * more than 600 bytes are ever needed for a step.
 */
public final class SocksServerHandshake {
    /** More bytes than any step needs: who has sent so many without completing one is refused by then. */
    public static final int MAX_STEP = 600;

    private static final int USER_PASSWORD = 2;
    private static final int NO_ACCEPTABLE = 0xFF;
    private static final int GENERAL_FAILURE = 1;
    private static final int COMMAND_NOT_SUPPORTED = 7;
    private static final int ADDRESS_TYPE_NOT_SUPPORTED = 8;
    private static final int SOCKS4_GRANTED = 90;
    private static final int SOCKS4_REJECTED = 91;
    private static final int SOCKS4_MAX_FIELD = 255;

    /** What the client asks for. */
    public enum Command {
        /** A byte stream. */
        CONNECT,
        /** A UDP association. */
        UDP_ASSOCIATE
    }

    /** Why a client is refused. */
    public enum Fault {
        /** It broke the protocol. */
        PROTOCOL,
        /** It asks for what is not supported. */
        COMMAND,
        /** It has not said who it is, or not rightly. */
        UNAUTHORIZED
    }

    /** What is to be done next. */
    public sealed interface Step {
        /** Send {@code answer} and go on. */
        @SuppressWarnings("ArrayRecordComponent") // one use, no comparison
        record Send(byte[] answer) implements Step {}

        /** Check this name and password, then call {@link #passwordChecked}. */
        record Check(String name, String password) implements Step {
            @Override
            public String toString() {
                return "Check";
            }
        }

        /** The client asks for this. The port may be 0 with {@link Command#UDP_ASSOCIATE}. */
        record Request(Command command, SocksAddress address) implements Step {}

        /** Send {@code answer}, which may be empty, and close. {@code rule} says what was broken, for a log line. */
        @SuppressWarnings("ArrayRecordComponent")
        record Refuse(byte[] answer, Fault fault, String rule) implements Step {}
    }

    private enum State {
        VERSION, SOCKS4, METHODS, PASSWORD, CHECKING, REQUEST, DONE
    }

    private final boolean passwordRequired;
    private State state = State.VERSION;
    private int version;
    private long offset;

    /** A new client. */
    public SocksServerHandshake(boolean passwordRequired) {
        this.passwordRequired = passwordRequired;
    }

    /** 4 or 5; 0 before the first byte. */
    public int version() {
        return version;
    }

    /** How the access log names the request. */
    public String name() {
        return version == 4 ? "SOCKS4" : "SOCKS5";
    }

    /** Takes what it needs from {@code in}; null while bytes are missing. */
    public @Nullable Step handle(ByteBuf in) {
        int before = in.readerIndex();
        try {
            return switch (state) {
                case VERSION -> version(in);
                case SOCKS4 -> socks4(in);
                case METHODS -> methods(in);
                case PASSWORD -> password(in);
                case REQUEST -> request(in);
                case CHECKING, DONE -> null;
            };
        } finally {
            offset += in.readerIndex() - before;
        }
    }

    private @Nullable Step version(ByteBuf in) {
        if (!in.isReadable()) {
            return null;
        }
        version = in.getUnsignedByte(in.readerIndex());
        return switch (version) {
            case 4 -> {
                state = State.SOCKS4;
                yield socks4(in);
            }
            case 5 -> {
                state = State.METHODS;
                yield methods(in);
            }
            default -> refuse(Fault.PROTOCOL, "SOCKS: version " + version);
        };
    }

    /** VN CD DSTPORT DSTIP USERID NUL, in 4a with DSTIP 0.0.0.x also NAME NUL. */
    private @Nullable Step socks4(ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() >= 2 && in.getUnsignedByte(start + 1) != 1) {
            return refuse(Fault.COMMAND, "SOCKS: command " + in.getUnsignedByte(start + 1), socks4Reply(SOCKS4_REJECTED));
        }
        if (in.readableBytes() >= 2 && passwordRequired) {
            return refuse(Fault.UNAUTHORIZED, "SOCKS4 cannot carry a password", socks4Reply(SOCKS4_REJECTED));
        }
        if (in.readableBytes() < 9) {
            return null;
        }
        int port = in.getUnsignedShort(start + 2);
        int ip = in.getInt(start + 4);
        int userEnd = end(in, start + 8);
        if (userEnd < 0) {
            return in.writerIndex() - start - 8 > SOCKS4_MAX_FIELD
                    ? refuse(Fault.PROTOCOL, "SOCKS: user id too long", socks4Reply(SOCKS4_REJECTED))
                    : null;
        }
        boolean named = ip != 0 && (ip & 0xFFFFFF00) == 0;
        int nameEnd = named ? end(in, userEnd + 1) : userEnd;
        if (nameEnd < 0) {
            return in.writerIndex() - userEnd - 1 > SOCKS4_MAX_FIELD
                    ? refuse(Fault.PROTOCOL, "SOCKS: name too long", socks4Reply(SOCKS4_REJECTED))
                    : null;
        }
        if (port == 0) {
            return refuse(Fault.PROTOCOL, "SOCKS: port 0", socks4Reply(SOCKS4_REJECTED));
        }
        try {
            Host host = named ? name(in, userEnd + 1, nameEnd) : address(ip);
            in.readerIndex(nameEnd + 1);
            state = State.DONE;
            return new Step.Request(Command.CONNECT, new SocksAddress(host, port));
        } catch (ProtocolException e) {
            return refuse(Fault.PROTOCOL, e.getMessage(), socks4Reply(SOCKS4_REJECTED));
        }
    }

    /** Where the field that begins at {@code from} has its NUL; -1 while it is not there, or not within the limit. */
    private static int end(ByteBuf in, int from) {
        int length = in.bytesBefore(from, Math.min(in.writerIndex() - from, SOCKS4_MAX_FIELD + 1), (byte) 0);
        return length < 0 ? -1 : from + length;
    }

    private static Host address(int ip) throws ProtocolException {
        try {
            return new Host.Address(InetAddress.getByAddress(ByteBuffer.allocate(4).putInt(ip).array()));
        } catch (UnknownHostException e) {
            throw new ProtocolException("SOCKS4: address of 4 bytes");
        }
    }

    private static Host name(ByteBuf in, int from, int to) throws ProtocolException {
        try {
            return Destination.of(Network.TCP, utf8(in, from, to), 1).host();
        } catch (CharacterCodingException e) {
            throw new ProtocolException("SOCKS4a: name is not UTF-8");
        } catch (InvalidDestinationException e) {
            throw new ProtocolException("SOCKS4a: not a name: " + e.getMessage());
        }
    }

    private static String utf8(ByteBuf in, int from, int to) throws CharacterCodingException {
        byte[] bytes = new byte[to - from];
        in.getBytes(from, bytes);
        return StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT).decode(ByteBuffer.wrap(bytes)).toString();
    }

    /** VER NMETHODS METHODS (RFC 1928 §3). */
    private @Nullable Step methods(ByteBuf in) {
        int start = in.readerIndex();
        if (in.readableBytes() < 2) {
            return null;
        }
        int count = in.getUnsignedByte(start + 1);
        if (count == 0) {
            return refuse(Fault.PROTOCOL, "SOCKS: no methods offered", method(NO_ACCEPTABLE));
        }
        if (in.readableBytes() < 2 + count) {
            return null;
        }
        int wanted = passwordRequired ? USER_PASSWORD : 0;
        boolean offered = in.indexOf(start + 2, start + 2 + count, (byte) wanted) >= 0;
        if (!offered) {
            return refuse(Fault.UNAUTHORIZED, "SOCKS: no acceptable method offered", method(NO_ACCEPTABLE));
        }
        in.skipBytes(2 + count);
        state = passwordRequired ? State.PASSWORD : State.REQUEST;
        return new Step.Send(method(wanted));
    }

    private static byte[] method(int method) {
        return new byte[]{5, (byte) method};
    }

    /** VER ULEN UNAME PLEN PASSWD (RFC 1929 §2). */
    private @Nullable Step password(ByteBuf in) {
        int start = in.readerIndex();
        if (in.isReadable() && in.getUnsignedByte(start) != 1) {
            return refuse(Fault.PROTOCOL, "SOCKS: version " + in.getUnsignedByte(start) + " of the password exchange",
                    password(1));
        }
        if (in.readableBytes() < 2) {
            return null;
        }
        int nameLength = in.getUnsignedByte(start + 1);
        if (nameLength == 0) {
            return refuse(Fault.PROTOCOL, "SOCKS: empty user name", password(1));
        }
        int at = start + 2 + nameLength;
        if (in.writerIndex() <= at) {
            return null;
        }
        int passwordLength = in.getUnsignedByte(at);
        int end = at + 1 + passwordLength;
        if (in.writerIndex() < end) {
            return null;
        }
        try {
            String name = utf8(in, start + 2, at);
            String password = utf8(in, at + 1, end);
            in.readerIndex(end);
            state = State.CHECKING;
            return new Step.Check(name, password);
        } catch (CharacterCodingException e) {
            return refuse(Fault.PROTOCOL, "SOCKS: user name or password is not UTF-8", password(1));
        }
    }

    private static byte[] password(int status) {
        return new byte[]{1, (byte) status};
    }

    /** The answer to a {@link Step.Check}. */
    public Step passwordChecked(boolean right) {
        if (state != State.CHECKING) {
            throw new IllegalStateException("nothing to check");
        }
        if (!right) {
            return refuse(Fault.UNAUTHORIZED, "SOCKS: wrong user name or password, or too many of them", password(1));
        }
        state = State.REQUEST;
        return new Step.Send(password(0));
    }

    /** VER CMD RSV ATYP DST.ADDR DST.PORT (RFC 1928 §4). */
    private @Nullable Step request(ByteBuf in) {
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable > 0 && in.getUnsignedByte(start) != 5) {
            return refuse(Fault.PROTOCOL, "SOCKS: version " + in.getUnsignedByte(start) + " in the request",
                    reply(GENERAL_FAILURE));
        }
        int command = readable > 1 ? in.getUnsignedByte(start + 1) : 1;
        if (command != 1 && command != 3) {
            return refuse(Fault.COMMAND, "SOCKS: command " + command, reply(COMMAND_NOT_SUPPORTED));
        }
        if (readable < 5) {
            return null;
        }
        int type = in.getUnsignedByte(start + 3);
        if (type != SocksAddress.IPV4 && type != SocksAddress.NAME && type != SocksAddress.IPV6) {
            return refuse(Fault.PROTOCOL, "SOCKS: address type " + type, reply(ADDRESS_TYPE_NOT_SUPPORTED));
        }
        try {
            SocksAddress address = SocksAddress.read(in.skipBytes(3));
            if (address == null) {
                in.readerIndex(start);
                return null;
            }
            if (address.port() == 0 && command == 1) {
                return refuse(Fault.PROTOCOL, "SOCKS: port 0", reply(GENERAL_FAILURE));
            }
            state = State.DONE;
            return new Step.Request(command == 1 ? Command.CONNECT : Command.UDP_ASSOCIATE, address);
        } catch (ProtocolException e) {
            return refuse(Fault.PROTOCOL, e.getMessage(), reply(GENERAL_FAILURE));
        }
    }

    /** The target is connected, or the association stands: {@code bound} is our address towards it; null where it is not known. */
    public byte[] succeeded(@Nullable SocksAddress bound) {
        return version == 4 ? socks4Reply(SOCKS4_GRANTED) : reply(0, bound);
    }

    /** The target cannot be reached: RFC 1928 §6 as far as its codes go; SOCKS4 has one code for everything. */
    public byte[] failed(Failure failure) {
        return version == 4 ? socks4Reply(SOCKS4_REJECTED) : reply(code(failure));
    }

    static int code(Failure failure) {
        return switch (failure) {
            case BLOCKED, LOOP -> 2;
            case NETWORK_UNREACHABLE -> 3;
            case HOST_UNREACHABLE, NAME_NOT_RESOLVED, DNS_ERROR, UPSTREAM_UNREACHABLE -> 4;
            case REFUSED -> 5;
            case TIMEOUT -> 6;
            case NOT_SUPPORTED -> COMMAND_NOT_SUPPORTED;
            case LIMIT, UPSTREAM_AUTH, UPSTREAM, TLS, CANCELLED, INTERNAL -> GENERAL_FAILURE;
        };
    }

    private static byte[] reply(int code) {
        return new byte[]{5, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0};
    }

    private static byte[] reply(int code, @Nullable SocksAddress bound) {
        if (bound == null) {
            return reply(code);
        }
        byte[] address = bound.host() instanceof Host.Address a ? a.value().getAddress() : new byte[4];
        ByteBuffer out = ByteBuffer.allocate(4 + address.length + 2);
        out.put((byte) 5).put((byte) code).put((byte) 0);
        out.put((byte) (address.length == 4 ? SocksAddress.IPV4 : SocksAddress.IPV6));
        return out.put(address).putShort((short) bound.port()).array();
    }

    private static byte[] socks4Reply(int code) {
        return new byte[]{0, (byte) code, 0, 0, 0, 0, 0, 0};
    }

    private Step refuse(Fault fault, @Nullable String rule) {
        return refuse(fault, rule, new byte[0]);
    }

    private Step refuse(Fault fault, @Nullable String rule, byte[] answer) {
        state = State.DONE;
        return new Step.Refuse(answer, fault, rule + ", offset " + offset);
    }
}
