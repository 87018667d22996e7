package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.StringMap;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The client's end of a session: {@link #greet} first, then {@link #open} for each stream, whose answer is told to {@link Dials} once.
 *
 * <p><b>Answers.</b> A server of version 2 answers each SYN. One of version 1 does not, nor does it say its version; a server that is
 * silent for {@link #VERSION_WAIT} after the greeting is taken for one, and its streams count as connected once they are asked for.
 *
 * <p><b>Silence.</b> A stream that is not answered is given up alone: its target may be slow. Only where nothing at all has come for
 * {@link #SILENCE} since it was asked for is the session dead. That this is a proof, a heartbeat goes with the SYN where the server
 * has not been heard of lately, and the time begins only when our own output is {@linkplain #clogged through}; but a stream that is
 * not answered in time by a server that is silent is proof enough.
 */
public final class ClientState extends SessionState {
    /** Nanoseconds; a server that has said nothing since the greeting has no version. */
    public static final long VERSION_WAIT = 1_000_000_000L;
    /** Nanoseconds; a live server of version 2 answers a heartbeat within this. */
    public static final long SILENCE = 3_000_000_000L;
    /** Nanoseconds; a server that was heard of so lately needs no proof. */
    private static final long LATELY = 1_000_000_000L;

    /** Hears what became of streams, and what the server says to the client as a whole. */
    public interface Dials {
        /** The target of {@code stream} is connected, or counts as connected. */
        void connected(int stream);

        /**
         * The target is not connected, and the server has closed the stream.
         *
         * @param why the server's words
         */
        void refused(int stream, String why);

        /** The answer did not come in time; whoever hears this closes the stream. */
        void unanswered(int stream);

        /** The server wants new sessions to use another padding scheme. */
        void scheme(byte[] text);

        /** The server has said its version, or has none. */
        void version(int version);
    }

    private final Dials dials;
    private final String client;
    private final long answerWithin;
    /** Streams that wait for their answer, and since when. */
    private final Map<Integer, Long> waiting = new LinkedHashMap<>();
    private int last;
    private long greeted;
    private long heard;
    private boolean probing;
    private long probed;
    private long clogged;

    /**
     * Before the greeting.
     *
     * @param client the name that the settings give; empty for none
     * @param answerWithin nanoseconds
     */
    public ClientState(SessionPort port, Dials dials, String client, long answerWithin) {
        super(port);
        this.dials = dials;
        this.client = client;
        this.answerWithin = answerWithin;
    }

    /** Sends the settings. */
    public void greet(String schemeMd5, long now) {
        Map<String, String> map = settings();
        if (!client.isEmpty()) {
            map.put("client", client);
        }
        map.put("padding-md5", schemeMd5);
        port.send(Command.SETTINGS, 0, StringMap.format(map));
        greeted = now;
        heard = now;
        clogged = now;
    }

    /** A server that is known to be of version 1 is not waited for again. */
    public void expectFirstVersion() {
        assumeFirstVersion();
    }

    /** The peer was heard of; before a burst of frames. */
    public void heard(long now) {
        heard = now;
        probing = false;
    }

    /** Our own output still waits to be sent: the server cannot have heard us. Before {@link #onTime}. */
    public void clogged(long now) {
        clogged = now;
    }

    /** When the peer was last heard of. */
    public long heard() {
        return heard;
    }

    /** The number of the next stream; 0 where there are no more. */
    public int next() {
        return last == -1 ? 0 : last + 1;
    }

    /** Asks for a stream: the SYN; its address is to follow as its first bytes. The port must have it open. */
    public void open(int stream, long now) {
        last = stream;
        boolean mute = peerVersion() == 1;
        if (!mute) {
            waiting.put(stream, now);
        }
        if (peerVersion() >= 2 && now - heard > LATELY) {
            probe(now);
        }
        port.send(Command.SYN, stream, NO_DATA);
    }

    /** Whether {@link #open} has left the answer open: with a server of version 1 there is none. */
    public boolean awaits(int stream) {
        return waiting.containsKey(stream);
    }

    /** Asks whether the server lives, where it is of a version that answers. */
    public void probe(long now) {
        if (peerVersion() >= 2 && !probing) {
            probing = true;
            probed = now;
            port.send(Command.HEART_REQUEST, 0, NO_DATA);
        }
    }

    @Override
    public void data(int stream, ByteBuf bytes) {
        if (!waiting.isEmpty()) {
            connected(stream);
        }
        super.data(stream, bytes);
    }

    private void connected(int stream) {
        if (waiting.remove(stream) != null) {
            dials.connected(stream);
        }
    }

    @Override
    void finished(int stream) {
        if (waiting.remove(stream) != null) {
            dials.refused(stream, "closed");
        }
        if (port.isOpen(stream)) {
            super.finished(stream);
        }
    }

    @Override
    void handle(int command, int stream, byte[] data) {
        switch (command) {
            case Command.SERVER_SETTINGS -> {
                learn(data);
                dials.version(peerVersion());
            }
            case Command.SYNACK -> answered(stream, data);
            case Command.UPDATE_SCHEME -> {
                if (data.length > 0) {
                    dials.scheme(data);
                }
            }
            case Command.ALERT -> {
                port.count(Anomaly.ALERT);
                port.over(true, "alert: " + printable(data));
            }
            default -> port.count(Anomaly.UNKNOWN_FRAME);
        }
    }

    private void answered(int stream, byte[] data) {
        if (!port.isOpen(stream)) {
            port.count(Anomaly.UNKNOWN_STREAM);
        } else if (data.length == 0) {
            connected(stream);
        } else if (waiting.remove(stream) != null) {
            dials.refused(stream, printable(data));
        } else {
            port.reset(stream, printable(data));
        }
    }

    /** A peer's words for a log line or an error: short, on one line, no control characters. */
    private static String printable(byte[] text) {
        String words = new String(text, 0, Math.min(text.length, 200), UTF_8);
        StringBuilder out = new StringBuilder(words.length());
        words.codePoints().forEach(c -> out.appendCodePoint(Character.isISOControl(c) || c == '\ufffd' ? '?' : c));
        return out.toString();
    }

    @Override
    public void reset(int stream, String why) {
        if (peerResets()) {
            sendReset(stream, why);
        } else {
            port.send(Command.FIN, stream, NO_DATA);
        }
    }

    @Override
    public void closed(int stream) {
        waiting.remove(stream);
    }

    @Override
    public long deadline() {
        long next = probing ? provenDead(probed) : NEVER;
        for (long since : waiting.values()) {
            next = Math.min(next, due(since));
        }
        return next;
    }

    /** When something is due for a stream that was asked for at {@code since}. */
    private long due(long since) {
        if (peerVersion() == 0) {
            return greeted + VERSION_WAIT;
        }
        return since - heard > 0 ? Math.min(provenDead(since), since + answerWithin) : since + answerWithin;
    }

    /** When silence since {@code asked} is long enough. */
    private long provenDead(long asked) {
        return Math.max(asked, clogged) + SILENCE;
    }

    @Override
    public void onTime(long now) {
        if (probing && now - provenDead(probed) >= 0) {
            port.over(false, "no answer to a heartbeat");
            return;
        }
        List<Map.Entry<Integer, Long>> due = new ArrayList<>();
        for (Map.Entry<Integer, Long> entry : waiting.entrySet()) {
            if (now - due(entry.getValue()) >= 0) {
                due.add(Map.entry(entry.getKey(), entry.getValue()));
            }
        }
        if (!due.isEmpty() && peerVersion() == 0) {
            assumeFirstVersion();
            dials.version(1);
            due.forEach(entry -> connected(entry.getKey()));
            return;
        }
        for (Map.Entry<Integer, Long> entry : due) {
            if (entry.getValue() - heard > 0 && now - entry.getValue() >= SILENCE) {
                port.over(false, "silent since a stream was asked for");
                return;
            }
            if (waiting.remove(entry.getKey()) != null) {
                dials.unanswered(entry.getKey());
            }
        }
    }
}
