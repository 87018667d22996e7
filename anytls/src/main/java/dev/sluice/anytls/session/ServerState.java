package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.StringMap;
import dev.sluice.anytls.padding.PaddingScheme;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The server's end of a session. The client's settings come first; its streams follow. Each SYN of a client of version 2 is answered
 * once: when the dial is done ({@link #established}, {@link #refused}), or with yes when it has waited for too long.
 *
 * <p>Order of calls: as in {@link SessionState}. {@link Streams#open} is called for every SYN that is accepted, with the stream to be
 * open when it returns.
 */
public final class ServerState extends SessionState {
    /** So many streams refused for their number are no accident. */
    private static final int REFUSALS = 10_000;

    /** Opens streams. */
    public interface Streams {
        /** The client wants {@code stream}; it is not open, and not 0. */
        void open(int stream);
    }

    private final PaddingScheme scheme;
    private final int maxStreams;
    private final long answerWithin;
    private final Streams streams;
    /** Streams that are not answered, and until when they must be; the oldest first. */
    private final Map<Integer, Long> unanswered = new LinkedHashMap<>();
    private boolean settled;
    private int highest;
    private int refusals;
    private long now;

    /**
     * Before the settings.
     *
     * @param answerWithin nanoseconds
     */
    public ServerState(SessionPort port, Streams streams, PaddingScheme scheme, int maxStreams, long answerWithin) {
        super(port);
        this.streams = streams;
        this.scheme = scheme;
        this.maxStreams = maxStreams;
        this.answerWithin = answerWithin;
    }

    /** Says what time it is; before a burst of frames. */
    public void at(long time) {
        now = time;
    }

    @Override
    void handle(int command, int stream, byte[] data) {
        switch (command) {
            case Command.SETTINGS -> settings(data);
            case Command.SYN -> syn(stream);
            case Command.SYNACK -> given(stream, data);
            default -> port.count(Anomaly.UNKNOWN_FRAME);
        }
    }

    /** Some clients send their settings with every stream; they are read again, and answered once. */
    private void settings(byte[] data) {
        Map<String, String> map = learn(data);
        if (settled) {
            return;
        }
        settled = true;
        if (!scheme.md5().equals(map.get("padding-md5"))) {
            port.send(Command.UPDATE_SCHEME, 0, scheme.text());
        }
        if (peerVersion() >= 2) {
            port.send(Command.SERVER_SETTINGS, 0, StringMap.format(settings()));
        }
    }

    private void syn(int stream) {
        if (!settled) {
            port.count(Anomaly.SYN_BEFORE_SETTINGS);
            alert("client did not send its settings");
        } else if (stream == 0 || port.isOpen(stream)) {
            port.count(Anomaly.DUPLICATE_SYN);
        } else if (port.openStreams() >= maxStreams) {
            refuseForNumber(stream);
        } else {
            if (Integer.compareUnsigned(stream, highest) <= 0) {
                port.count(Anomaly.BACKWARD_SYN);
            } else {
                highest = stream;
            }
            if (peerVersion() >= 2) {
                unanswered.put(stream, now + answerWithin);
            }
            streams.open(stream);
        }
    }

    private void refuseForNumber(int stream) {
        port.count(Anomaly.TOO_MANY_STREAMS);
        if (++refusals == REFUSALS) {
            alert("too many streams");
        } else if (peerVersion() >= 2) {
            port.send(Command.SYNACK, stream, "too many streams".getBytes(UTF_8));
        } else {
            port.send(Command.FIN, stream, NO_DATA);
        }
    }

    private void alert(String why) {
        port.send(Command.ALERT, 0, why.getBytes(UTF_8));
        port.over(false, why);
    }

    /** A client that knows ours gives a stream up. */
    private void given(int stream, byte[] data) {
        if (data.length == 0 || !peerResets()) {
            port.count(Anomaly.UNKNOWN_FRAME);
        } else if (port.isOpen(stream)) {
            port.reset(stream, "reset by the client");
        } else {
            port.count(Anomaly.UNKNOWN_STREAM);
        }
    }

    /** The target of {@code stream} is connected. */
    public void established(int stream) {
        if (unanswered.remove(stream) != null) {
            port.send(Command.SYNACK, stream, NO_DATA);
        }
    }

    /**
     * The target of {@code stream} is not connected. The reference says why, and ends the stream then: clients that do not know
     * ours may count on the end.
     *
     * @return whether the client has been told by this, so that no FIN is needed
     */
    public boolean refused(int stream, String why) {
        boolean waits = unanswered.remove(stream) != null;
        if (!waits && peerVersion() < 2) {
            return false;
        }
        sendReset(stream, why);
        if (!peerResets()) {
            port.send(Command.FIN, stream, NO_DATA);
        }
        return true;
    }

    @Override
    public void reset(int stream, String why) {
        if (!refused(stream, why)) {
            port.send(Command.FIN, stream, NO_DATA);
        }
    }

    @Override
    public void closed(int stream) {
        unanswered.remove(stream);
    }

    @Override
    public long deadline() {
        return unanswered.isEmpty() ? NEVER : unanswered.values().iterator().next();
    }

    /** Says yes for dials that take long: Go's clients give the whole session up after three seconds. */
    @Override
    public void onTime(long time) {
        at(time);
        while (!unanswered.isEmpty() && deadline() - time <= 0) {
            established(unanswered.keySet().iterator().next());
        }
    }
}
