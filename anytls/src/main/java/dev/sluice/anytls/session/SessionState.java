package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.FrameDecoder;
import dev.sluice.anytls.frame.StringMap;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What both ends of a session have in common: the version of the peer, heartbeats, data and ends of streams.
 *
 * <p>Frames come in by {@link #data} and {@link #frame}, from a {@link FrameDecoder}. {@code onTime} of the subclasses is to be called
 * at {@link #deadline}, which may move with every call. Time is in nanoseconds of any clock that does not jump.
 *
 * <p><b>Resets.</b> AnyTLS has a FIN only, which says that a stream is complete. A SYNACK with an error closes a stream with that
 * error, at any time; a server sends one in place of a FIN where what it sent is not complete. In the other direction nothing of the
 * kind exists: a client does the same, where the server has said in its settings that it understands ({@value #RESETS}).
 */
public abstract class SessionState implements FrameDecoder.Sink {
    /** What the settings of ours say: a SYNACK with an error resets a stream, whoever sends it and whenever. */
    static final String RESETS = "reset";
    /** No deadline. */
    public static final long NEVER = Long.MAX_VALUE;
    static final byte[] NO_DATA = new byte[0];

    /** The way out. */
    protected final SessionPort port;
    private int peerVersion;
    private boolean peerResets;

    SessionState(SessionPort port) {
        this.port = port;
    }

    /** The version of the peer; 0 while it has not said. */
    public final int peerVersion() {
        return peerVersion;
    }

    /** Whether the peer takes a SYNACK with an error for a reset. */
    final boolean peerResets() {
        return peerResets;
    }

    /** What the peer's settings say. */
    final Map<String, String> learn(byte[] settings) {
        Map<String, String> map = StringMap.parse(settings);
        int version = version(map.get("v"));
        if (version > peerVersion) {
            peerVersion = version;
        }
        peerResets |= "1".equals(map.get(RESETS));
        return map;
    }

    private static int version(@Nullable String text) {
        try {
            return text == null ? 1 : Math.max(1, Integer.parseInt(text));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    /** The beginning of our own settings. */
    static Map<String, String> settings() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put("v", "2");
        map.put(RESETS, "1");
        return map;
    }

    /** The peer has not said its version for so long that it has none. */
    final void assumeFirstVersion() {
        if (peerVersion == 0) {
            peerVersion = 1;
        }
    }

    @Override
    public void data(int stream, ByteBuf bytes) {
        if (!port.data(stream, bytes)) {
            port.count(Anomaly.UNKNOWN_STREAM);
        }
    }

    @Override
    public final void frame(int command, int stream, int length, byte[] data) {
        if (!Command.known(command)) {
            port.count(Anomaly.UNKNOWN_FRAME);
            return;
        }
        if (length > 0 && !Command.mayCarryData(command)) {
            port.count(Anomaly.UNKNOWN_FRAME);
        }
        switch (command) {
            case Command.WASTE -> {
            }
            case Command.FIN -> {
                if (port.isOpen(stream)) {
                    finished(stream);
                } else {
                    port.count(Anomaly.UNKNOWN_STREAM);
                }
            }
            case Command.HEART_REQUEST -> port.send(Command.HEART_RESPONSE, stream, NO_DATA);
            case Command.HEART_RESPONSE -> heartAnswered();
            default -> handle(command, stream, data);
        }
    }

    /** A frame that only one side gets. */
    abstract void handle(int command, int stream, byte[] data);

    /** The peer has ended an open stream. */
    void finished(int stream) {
        port.finished(stream);
    }

    /** The peer lives. */
    void heartAnswered() {}

    /** Somebody has closed {@code stream}, or it was lost: nothing more is done for it. */
    public abstract void closed(int stream);

    /** Tells the peer that {@code stream} is given up, as well as the protocol can. */
    public abstract void reset(int stream, String why);

    /** When {@code onTime} is to be called; {@link #NEVER} where nothing is waited for. */
    public abstract long deadline();

    /** What was due at {@link #deadline} is done now. */
    public abstract void onTime(long now);

    final void sendReset(int stream, String why) {
        port.send(Command.SYNACK, stream, why.isEmpty() ? "reset".getBytes(UTF_8) : why.getBytes(UTF_8));
    }
}
