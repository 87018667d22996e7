package dev.sluice.proxy.socks;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.ProtocolException;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a SOCKS5 handshake (RFC 1928, RFC 1929): a state machine of bytes.
 *
 * <p>Order: {@link #greet} once, then {@link #handle} whenever bytes have come, until it gives the bound address or throws. What it
 * leaves readable then belongs to the tunnel.
 *
 * <p>It waits for each answer before it goes on: many servers throw away what comes early. With credentials it offers "no
 * authentication" beside them, and saves a round trip where the server does not ask.
 */
public final class SocksClientHandshake {

    /** What is asked for. */
    public enum Command {
        /** A stream. */
        CONNECT(1),
        /** A relay for packets. */
        UDP_ASSOCIATE(3);

        private final int code;

        Command(int code) {
            this.code = code;
        }
    }

    private enum State {
        METHOD, PASSWORD, REPLY
    }

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int USER_PASSWORD = 2;
    private static final int NOT_ACCEPTABLE = 0xff;
    private static final int PASSWORD_VERSION = 1;

    private final String who;
    private final Command command;
    private final SocksAddress target;
    private final byte @Nullable [] user;
    private final byte @Nullable [] password;
    private State state = State.METHOD;

    /**
     * One handshake.
     *
     * @param who names the server in the words of a failure
     * @param user null for none; 1 to 255 octets of UTF-8
     * @param password null for none; 1 to 255 octets of UTF-8
     */
    public SocksClientHandshake(String who, Command command, SocksAddress target, @Nullable String user,
            @Nullable String password) {
        this.who = who;
        this.command = command;
        this.target = target;
        this.user = user == null ? null : octets("user", user);
        this.password = password == null ? null : octets("password", password);
    }

    /**
     * The octets of a name or a password.
     *
     * @throws IllegalArgumentException where there are not 1 to 255 of them (RFC 1929 §2)
     */
    public static byte[] octets(String what, String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        if (octets.length == 0 || octets.length > 255) {
            throw new IllegalArgumentException("a SOCKS5 " + what + " has 1 to 255 octets, not " + octets.length);
        }
        return octets;
    }

    /** Writes the first message. */
    public void greet(ByteBuf out) {
        if (user == null) {
            out.writeByte(VERSION).writeByte(1).writeByte(NO_AUTHENTICATION);
        } else {
            out.writeByte(VERSION).writeByte(2).writeByte(NO_AUTHENTICATION).writeByte(USER_PASSWORD);
        }
    }

    /** Whether the server has been asked for the target. */
    public boolean asked() {
        return state == State.REPLY;
    }

    /**
     * Reads what has come.
     *
     * @param out takes the next message, if one is due
     * @return the bound address once the server has agreed; null where more must come
     * @throws ConnectFailedException where the server refuses or breaks the protocol
     */
    public @Nullable SocksAddress handle(ByteBuf in, ByteBuf out) throws ConnectFailedException {
        return switch (state) {
            case METHOD -> {
                if (in.readableBytes() >= 2) {
                    method(version(in), in.readUnsignedByte(), out);
                }
                yield null;
            }
            case PASSWORD -> {
                if (in.readableBytes() >= 2) {
                    passwordAnswer(in.readUnsignedByte(), in.readUnsignedByte(), out);
                }
                yield null;
            }
            case REPLY -> reply(in);
        };
    }

    private int version(ByteBuf in) throws ConnectFailedException {
        int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw broken("answered with version " + version);
        }
        return version;
    }

    private void method(int version, int method, ByteBuf out) throws ConnectFailedException {
        switch (method) {
            case NO_AUTHENTICATION -> request(version, out);
            case USER_PASSWORD -> {
                byte[] name = user;
                byte[] secret = password;
                if (name == null || secret == null) {
                    throw broken("chose a method that was not offered: " + method);
                }
                state = State.PASSWORD;
                out.writeByte(PASSWORD_VERSION).writeByte(name.length).writeBytes(name).writeByte(secret.length)
                        .writeBytes(secret);
            }
            case NOT_ACCEPTABLE -> throw new ConnectFailedException(Failure.UPSTREAM_AUTH,
                    who + (user == null ? " wants a user and a password" : " does not take a password"), null);
            default -> throw broken("chose a method that was not offered: " + method);
        }
    }

    private void passwordAnswer(int version, int status, ByteBuf out) throws ConnectFailedException {
        if (version != PASSWORD_VERSION) {
            throw broken("answered the password with version " + version);
        }
        if (status != 0) {
            throw new ConnectFailedException(Failure.UPSTREAM_AUTH, who + " refused the user or the password", null);
        }
        request(VERSION, out);
    }

    private void request(int version, ByteBuf out) {
        state = State.REPLY;
        out.writeByte(version).writeByte(command.code).writeByte(0);
        target.write(out);
    }

    private @Nullable SocksAddress reply(ByteBuf in) throws ConnectFailedException {
        if (in.readableBytes() < 2) {
            return null;
        }
        int start = in.readerIndex();
        version(in);
        int code = in.readUnsignedByte();
        if (code != 0) {
            throw refused(code); // some servers send no address then
        }
        in.skipBytes(Math.min(1, in.readableBytes()));
        try {
            SocksAddress bound = SocksAddress.read(in);
            if (bound == null) {
                in.readerIndex(start);
            }
            return bound;
        } catch (ProtocolException e) {
            throw broken("answered with a bad address (" + e.getMessage() + ")");
        }
    }

    private ConnectFailedException refused(int code) {
        return switch (code) {
            case 1 -> refused(Failure.UPSTREAM, "general failure");
            case 2 -> refused(Failure.BLOCKED, "not allowed by its rules");
            case 3 -> refused(Failure.NETWORK_UNREACHABLE, "network unreachable");
            case 4 -> refused(Failure.HOST_UNREACHABLE, "host unreachable");
            case 5 -> refused(Failure.REFUSED, "connection refused");
            case 6 -> refused(Failure.TIMEOUT, "TTL expired");
            case 7 -> refused(Failure.NOT_SUPPORTED, "command not supported");
            case 8 -> refused(Failure.UPSTREAM, "address type not supported");
            default -> refused(Failure.UPSTREAM, "failure " + code);
        };
    }

    private ConnectFailedException refused(Failure failure, String words) {
        return new ConnectFailedException(failure, target.host() + ":" + target.port() + " by " + who + ": " + words, null);
    }

    private ConnectFailedException broken(String what) {
        return new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE, who + " " + what, null);
    }
}
