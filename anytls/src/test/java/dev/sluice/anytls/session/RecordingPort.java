package dev.sluice.anytls.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Writes down what a state machine does; streams are open once a test or the machine has opened them. */
final class RecordingPort implements SessionPort, ServerState.Streams, ClientState.Dials {
    final List<String> done = new ArrayList<>();
    final List<Anomaly> anomalies = new ArrayList<>();
    final Set<Integer> open = new TreeSet<>();

    /** What was done since the last call. */
    List<String> take() {
        List<String> taken = List.copyOf(done);
        done.clear();
        return taken;
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8).replace("\n", "|");
    }

    @Override
    public boolean isOpen(int stream) {
        return open.contains(stream);
    }

    @Override
    public int openStreams() {
        return open.size();
    }

    @Override
    public boolean data(int stream, ByteBuf bytes) {
        done.add("data " + stream + " " + ByteBufUtil.hexDump(bytes));
        bytes.release();
        return open.contains(stream);
    }

    @Override
    public void finished(int stream) {
        done.add("finished " + stream);
        open.remove(stream);
    }

    @Override
    public void reset(int stream, String why) {
        done.add("reset " + stream + " " + why);
        open.remove(stream);
    }

    @Override
    public void send(int command, int stream, byte[] data) {
        done.add("send " + command + "/" + Integer.toUnsignedString(stream) + (data.length == 0 ? "" : " " + text(data)));
    }

    @Override
    public void over(boolean byPeer, String why) {
        done.add("over " + (byPeer ? "by peer: " : ": ") + why);
    }

    @Override
    public void count(Anomaly what) {
        anomalies.add(what);
    }

    @Override
    public void open(int stream) {
        done.add("open " + Integer.toUnsignedString(stream));
        open.add(stream);
    }

    @Override
    public void connected(int stream) {
        done.add("connected " + stream);
    }

    @Override
    public void refused(int stream, String why) {
        done.add("refused " + stream + " " + why);
        open.remove(stream);
    }

    @Override
    public void unanswered(int stream) {
        done.add("unanswered " + stream);
        open.remove(stream);
    }

    @Override
    public void scheme(byte[] text) {
        done.add("scheme " + text(text));
    }

    @Override
    public void version(int version) {
        done.add("version " + version);
    }
}
