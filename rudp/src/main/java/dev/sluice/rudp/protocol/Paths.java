package dev.sluice.rudp.protocol;

import dev.sluice.rudp.protocol.congestion.RttEstimator;
import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ways to the peer: the one in use, and those that are being validated. Bulk data stays on the path in use until another has
 * answered a challenge; whether a move is ours ({@link #migrate}) or the peer's ({@link #onPeerAt}), it is completed in
 * {@link #onResponse} or given up in {@link #onTimeout}.
 */
final class Paths {
    static final long NEVER = Long.MAX_VALUE;

    /** A packet with a message of the handshake is not larger. */
    static final int MAX_ANSWER = 600;

    private static final int MIN_PROBE = 64;
    private static final int MAX_OTHERS = 3;
    private static final long INITIAL_PROBE_TIMEOUT = 3 * RttEstimator.INITIAL_RTT;

    private final ConnectionConfig config;
    private final RemoteIds remoteIds;
    private final List<Path> others = new ArrayList<>();
    private Path current;
    /** Where we want to move to. */
    private @Nullable Path target;
    /** Where the peer's newest packet came from. */
    private @Nullable Path peerAt;
    private int maxPacket = ConnectionConfig.MAX_PACKET;

    Paths(ConnectionConfig config, RemoteIds remoteIds, NetworkPath first, ConnectionId remoteId) {
        this.config = config;
        this.remoteIds = remoteIds;
        current = new Path(first, remoteId, config, maxPacket);
    }

    Path current() {
        return current;
    }

    List<Path> others() {
        return others;
    }

    /** The peer takes packets up to this size. */
    void maxPacket(int bytes) {
        maxPacket = bytes;
        current.maxPacket(config, bytes);
    }

    @Nullable
    Path find(NetworkPath address) {
        if (current.address.equals(address)) {
            return current;
        }
        for (Path path : others) {
            if (path.address.equals(address)) {
                return path;
            }
        }
        return null;
    }

    /** A path that a genuine packet came over for the first time. */
    Path add(NetworkPath address, boolean freshId) {
        makeRoom();
        ConnectionId id = freshId ? remoteIds.take() : null;
        Path path = new Path(address, id == null ? current.remoteId : id, config, maxPacket);
        if (address.differsInPortOnly(current.address)) {
            path.rtt = current.rtt;
        }
        others.add(path);
        return path;
    }

    /** Forgets the path that was left longest ago, or never came to anything, where there are too many. */
    private void makeRoom() {
        for (int i = 0; others.size() >= MAX_OTHERS && i < others.size(); i++) {
            if (others.get(i) != target) {
                drop(others.get(i));
                return;
            }
        }
    }

    /** Starts to move ourselves: challenges first. A move that is under way is given up for this one. */
    @Nullable
    Path migrate(long now, NetworkPath address, long probeTimeout) {
        Path abandoned = target;
        if (abandoned != null) {
            drop(abandoned);
        }
        Path path = find(address);
        if (path == current) {
            target = null;
            return abandoned;
        }
        if (path == null) {
            path = add(address, true);
        } else {
            replaceId(path); // the one it had was retired when we left
        }
        target = path;
        // we have asked the peer to be there: what it says there is not amplification
        path.received = Long.MAX_VALUE / 8;
        path.validation.start(now, Math.max(probeTimeout, INITIAL_PROBE_TIMEOUT));
        return abandoned;
    }

    /** A path beside the one in use where a first packet came again, and that may be sent our answer; null for none. */
    @Nullable
    Path answerDue() {
        for (int i = 0; i < others.size(); i++) {
            Path path = others.get(i);
            if (path.answerDue && path.allowance() >= MAX_ANSWER) {
                return path;
            }
        }
        return null;
    }

    /**
     * The first packet under the connection's keys came over this path: the client has had our answer, which went to wherever its first
     * packet came from. If that was one host, the client is there. If it was several, all but one were copies by somebody else, and a
     * challenge will tell which. Returns whether we have moved to this path, which nothing is known of that speaks for the other.
     */
    boolean confirm(long now, Path path) {
        if (answeredOneHost()) {
            current.validated = true;
            path.validated |= path.address.isOfHost(current.address);
            return false; // onPeerAt follows where it came from another port, and challenges another host
        }
        if (path == current || current.validated) {
            return false;
        }
        follow(now, path);
        return true;
    }

    private boolean answeredOneHost() {
        for (Path path : others) {
            if (path.sent > 0 && !path.address.isOfHost(current.address)) {
                return false;
            }
        }
        return true;
    }

    /** What the handshake says is the peer's ID. */
    void remoteId(ConnectionId id) {
        current.remoteId = id;
        others.forEach(path -> path.remoteId = id);
    }

    /** The local socket is another one and the old one is gone: there is no old path to wait on. */
    Path rebound(long now, int socket) {
        Path path = new Path(new NetworkPath(socket, current.address.remote()), current.remoteId, config, maxPacket);
        ConnectionId fresh = remoteIds.take();
        if (fresh != null) {
            path.remoteId = fresh;
        }
        path.validated = true;
        makeRoom(); // for the path that is left
        switchTo(now, path, true);
        return path;
    }

    /** A probing packet came over a path that is not in use: see whether the peer is there, it may move soon. */
    void onProbed(long now, Path path, long probeTimeout) {
        replaceId(path);
        if (!path.validated && !path.validation.running()) {
            path.validation.start(now, Math.max(probeTimeout, INITIAL_PROBE_TIMEOUT));
        }
    }

    /** The peer's newest packet, which is no mere probe, came over this path. Returns whether we have followed it there. */
    boolean onPeerAt(long now, Path path, long probeTimeout) {
        peerAt = path;
        if (path == current) {
            if (!path.validated && !path.validation.running()) {
                path.validation.start(now, Math.max(probeTimeout, INITIAL_PROBE_TIMEOUT));
            }
            return false;
        }
        if (path.validated) {
            follow(now, path);
            return true;
        }
        onProbed(now, path, probeTimeout);
        return false;
    }

    /** A challenge was answered: which path that proves, or null. */
    @Nullable
    Path onResponse(long data) {
        if (current.validation.answers(data)) {
            return current;
        }
        for (Path path : others) {
            if (path.validation.answers(data)) {
                return path;
            }
        }
        return null;
    }

    /** What a path that was just validated is good for. */
    enum Outcome {
        /** Nothing changes. */
        STAY,
        /** We have moved, as we wanted. */
        MIGRATED,
        /** We have followed the peer. */
        FOLLOWED
    }

    Outcome onValidated(long now, Path path) {
        path.validated = true;
        path.validation.stop();
        if (path == target) {
            switchTo(now, path, false);
            return Outcome.MIGRATED;
        }
        if (path == peerAt && path != current) {
            follow(now, path);
            return Outcome.FOLLOWED;
        }
        return Outcome.STAY;
    }

    private void follow(long now, Path path) {
        replaceId(path);
        switchTo(now, path, path.address.differsInPortOnly(current.address));
    }

    private void switchTo(long now, Path path, boolean sameRoute) {
        Path old = current;
        if (sameRoute) {
            path.inherit(old);
        } else {
            path.onMtu();
        }
        path.setPacing(now);
        current = path;
        others.remove(path);
        others.add(old);
        target = target == path ? null : target;
        peerAt = null;
        if (!path.remoteId.equals(old.remoteId)) {
            remoteIds.retire(old.remoteId);
        }
    }

    /** IDs were withdrawn by the peer: paths that used one get another. */
    void replaceIds() {
        replaceId(current);
        others.forEach(this::replaceId);
    }

    private void replaceId(Path path) {
        if (!remoteIds.isKnown(path.remoteId)) {
            ConnectionId fresh = remoteIds.take();
            if (fresh != null) {
                path.remoteId = fresh;
            }
        }
    }

    private void drop(Path path) {
        others.remove(path);
        if (path == target) {
            target = null;
        }
        if (path == peerAt) {
            peerAt = null;
        }
        if (!path.remoteId.equals(current.remoteId)) {
            remoteIds.retire(path.remoteId);
        }
    }

    long timer() {
        long timer = current.validation.timer();
        for (int i = 0; i < others.size(); i++) {
            timer = Math.min(timer, others.get(i).validation.timer());
        }
        return timer;
    }

    /** Returns our own target if it has not answered in time. */
    @Nullable
    Path onTimeout(long now) {
        current.validation.onTimeout(now);
        for (int i = others.size() - 1; i >= 0; i--) {
            Path path = others.get(i);
            if (path.validation.onTimeout(now)) {
                boolean ours = path == target;
                drop(path);
                if (ours) {
                    return path;
                }
            }
        }
        return null;
    }

    /** Whether some path has a challenge or an answer to send. */
    @Nullable
    Path due() {
        if (probes(current)) {
            return current;
        }
        for (int i = 0; i < others.size(); i++) {
            Path path = others.get(i);
            if (probes(path)) {
                return path;
            }
        }
        return null;
    }

    private static boolean probes(Path path) {
        return (path.validation.due() || path.validation.responseDue()) && path.allowance() >= MIN_PROBE;
    }
}
