package dev.sluice.anytls;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.Host;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions of one outbound on one loop.
 *
 * <p>A stream takes the newest session that has room; where there is none it waits for a new one. A session goes back when its stream
 * ends, as long as it is reused, young and healthy. Now and then idle sessions are looked at, the newest first: those whose time is
 * over are closed, but for the minimum; the others are asked whether they live.
 *
 * <p>A session that was used before may be dead without knowing. A stream that loses one before its first answer is opened once more,
 * on a session that is new for it: nothing of the user's was sent by then.
 *
 * <p>Belongs to its loop.
 */
final class SessionPool {
    private static final Logger log = LoggerFactory.getLogger(SessionPool.class);

    /** Streams that only wait for their end do not keep a session, but servers bound how many it may have: 256, 1,024. */
    private static final int MOST_STREAMS = 128;

    /** What the pool knows of the outbound. */
    interface Server {
        /** Dials and shakes hands; {@code connection} names who wants it. */
        Future<Channel> dial(Connection connection);

        /** What a session begins with, now. */
        AnyTlsClientSession.Terms terms();

        /** See {@link AnyTlsClientSession.Owner}. */
        void scheme(byte[] text);

        /** See {@link AnyTlsClientSession.Owner}. */
        void version(int version);

        /** A connection within {@code scope}, for a session that nobody has asked for. */
        Connection unasked(Scope scope);
    }

    private final Scope scope;
    private final EventLoop loop;
    private final Server server;
    private final AnyTlsClientOptions options;
    private final int minIdle;
    private final SessionObserver observer;
    private final Map<AnyTlsClientSession, Member> members = new HashMap<>();
    private final TreeMap<Long, Member> free = new TreeMap<>(); // those with room for another stream, by their number
    private final List<Dial> dials = new ArrayList<>();
    private @Nullable ScheduledFuture<?> upkeep;
    private long made;

    SessionPool(Scope scope, Server server, AnyTlsClientOptions options, int minIdle, SessionObserver observer) {
        this.scope = scope;
        this.loop = (EventLoop) scope.executor();
        this.server = server;
        this.options = options;
        this.minIdle = minIdle;
        this.observer = observer;
        scope.own(why -> {
            stopUpkeep();
            return null;
        });
    }

    /** One session, and what the pool knows of it. */
    private final class Member {
        private final AnyTlsClientSession session;
        private final long number = ++made;
        private final long retireAt;
        private long idleSince = now();
        private boolean used;
        private boolean retired;

        private Member(AnyTlsClientSession session) {
            this.session = session;
            long age = options.maxAge().toNanos();
            this.retireAt = now() + age - ThreadLocalRandom.current().nextLong(age / 4 + 1);
        }

        private boolean idle() {
            return session.streams() == 0;
        }

        private boolean room() {
            return !retired && session.closeReason() == null && (options.reuse() || !used)
                    && session.busy() < options.streamsPerSession()
                    && session.streams() < Math.max(options.streamsPerSession(), MOST_STREAMS) && now() - retireAt < 0;
        }
    }

    /** A session on its way, and the streams that wait for it. */
    private final class Dial implements AnyTlsClientSession.Owner {
        private final Scope session = scope.child("session");
        private final List<Request> waiting = new ArrayList<>();

        private void begin(Connection connection) {
            dials.add(this);
            server.dial(connection).addListener((Future<Channel> f) -> {
                dials.remove(this);
                if (f.isSuccess()) {
                    arrived(f.getNow());
                } else {
                    session.close(CloseReason.cancelled("not connected"));
                    waiting.forEach(request -> request.promise.tryFailure(f.cause()));
                }
            });
        }

        private void arrived(Channel carrier) {
            if (!session.isOpen()) {
                carrier.close();
                waiting.forEach(request -> request.promise.tryFailure(cancelled()));
                return;
            }
            Member member = new Member(AnyTlsClientSession.start(carrier, session, server.terms(), this, observer));
            if (member.session.closeReason() == null) {
                members.put(member.session, member);
            }
            waiting.forEach(request -> request.on(member));
            settle(member);
        }

        /** Without anybody who waits for it, the session is not wanted any more. */
        private void leave(Request request) {
            if (waiting.remove(request) && waiting.isEmpty()) {
                session.close(CloseReason.cancelled("nobody waits for it"));
            }
        }

        @Override
        public void streamEnded(AnyTlsClientSession ended) {
            settle(members.get(ended));
        }

        @Override
        public void sessionEnded(AnyTlsClientSession ended) {
            Member member = members.remove(ended);
            if (member != null) {
                free.remove(member.number);
            }
        }

        @Override
        public void scheme(byte[] text) {
            server.scheme(text);
        }

        @Override
        public void version(int version) {
            server.version(version);
        }
    }

    /** One stream that somebody wants. */
    private final class Request {
        private final Connection connection;
        private final Host host;
        private final int port;
        private final boolean awaiting;
        private final Promise<AnyTlsStream> promise;
        private boolean again;
        private @Nullable Future<AnyTlsStream> opening;
        private @Nullable Dial dial;

        private Request(Connection connection, Host host, int port, boolean awaiting, Promise<AnyTlsStream> promise) {
            this.connection = connection;
            this.host = host;
            this.port = port;
            this.awaiting = awaiting;
            this.promise = promise;
        }

        private void begin() {
            Scope.Ownership ownership = connection.scope().own(why -> {
                promise.tryFailure(given(why));
                return null;
            });
            promise.addListener(f -> {
                ownership.release();
                if (!f.isSuccess()) {
                    loop.execute(this::abandon);
                }
            });
            if (promise.isDone()) {
                return;
            }
            Member newest = newest();
            if (newest != null) {
                on(newest);
            } else {
                onNew();
            }
        }

        private void onNew() {
            Dial shared = options.streamsPerSession() == 1 || !options.reuse() ? null : joinable();
            if (shared == null) {
                dial = new Dial();
                dial.waiting.add(this);
                dial.begin(connection.within(dial.session));
            } else {
                dial = shared;
                shared.waiting.add(this);
            }
        }

        private void on(Member member) {
            dial = null;
            if (promise.isDone()) {
                return;
            }
            boolean reused = member.used;
            member.used = true;
            Future<AnyTlsStream> stream = member.session.open(host, port, awaiting);
            opening = stream;
            settle(member);
            stream.addListener(f -> {
                opening = null;
                if (stream.isSuccess()) {
                    if (!promise.trySuccess(stream.getNow())) {
                        stream.getNow().close();
                    }
                } else if (reused && !again && member.session.closeReason() != null && !promise.isDone()) {
                    again = true;
                    log.debug("a session that was used before is dead; once more on a new one");
                    onNew();
                } else {
                    promise.tryFailure(stream.cause());
                }
            });
        }

        private void abandon() {
            if (opening != null) {
                opening.cancel(false);
            }
            if (dial != null) {
                dial.leave(this);
            }
        }
    }

    /** Opens a stream for {@code connection}; on the loop. */
    Future<AnyTlsStream> open(Connection connection, Host host, int port, boolean awaiting) {
        Promise<AnyTlsStream> promise = loop.newPromise();
        if (!scope.isOpen()) {
            return promise.setFailure(cancelled());
        }
        new Request(connection, host, port, awaiting, promise).begin();
        return promise;
    }

    private @Nullable Member newest() {
        for (Map.Entry<Long, Member> next = free.lastEntry(); next != null; next = free.lowerEntry(next.getKey())) {
            Member member = next.getValue();
            if (!member.room()) {
                settle(member); // its time has come
            } else if (!member.session.clogged()) {
                return member;
            }
        }
        return null;
    }

    private @Nullable Dial joinable() {
        for (Dial dial : dials) {
            if (dial.waiting.size() < options.streamsPerSession() && dial.session.isOpen()) {
                return dial;
            }
        }
        return null;
    }

    /** A stream of {@code member} has come or gone: it is free, or busy, or done. */
    private void settle(@Nullable Member member) {
        if (member == null) {
            return;
        }
        if (member.room()) {
            if (member.idle()) {
                member.idleSince = now();
            }
            free.put(member.number, member);
            startUpkeep();
            return;
        }
        free.remove(member.number);
        boolean full = member.session.busy() >= options.streamsPerSession();
        if (member.idle() && !full) {
            member.session.close(CloseReason.of(Kind.FINISHED, Side.SELF, "not used any more"));
        }
    }

    // Upkeep.

    /** Opens the minimum of idle sessions. */
    void warm() {
        if (minIdle > 0) {
            look();
            startUpkeep();
        }
    }

    private void startUpkeep() {
        if (upkeep == null && scope.isOpen()) {
            long every = Math.max(1, Math.min(options.idleCheck().toNanos(), options.heartbeat().toNanos()));
            upkeep = loop.scheduleWithFixedDelay(this::look, every, every, TimeUnit.NANOSECONDS);
        }
    }

    private void stopUpkeep() {
        if (upkeep != null) {
            upkeep.cancel(false);
            upkeep = null;
        }
    }

    private long lookedAt = Long.MIN_VALUE;

    private void look() {
        long now = now();
        boolean check = lookedAt == Long.MIN_VALUE || now - lookedAt >= options.idleCheck().toNanos() - 1_000_000;
        int kept = 0;
        for (Member member : new ArrayList<>(free.descendingMap().values())) {
            if (!member.room()) {
                settle(member);
            } else if (member.idle()) {
                boolean expired = check && now - member.idleSince >= options.idleTimeout().toNanos();
                if (!expired || kept < minIdle) {
                    kept++;
                    if (expired) {
                        member.idleSince = now;
                    }
                    if (now - member.session.lastHeard() >= options.heartbeat().toNanos()) {
                        member.session.probe();
                    }
                } else {
                    free.remove(member.number);
                    member.retired = true;
                    member.session.close(CloseReason.of(Kind.IDLE, Side.SELF, "idle"));
                }
            }
        }
        if (check) {
            lookedAt = now;
        }
        for (int i = kept + dials.size(); i < minIdle && scope.isOpen(); i++) {
            Dial dial = new Dial();
            dial.begin(server.unasked(dial.session));
        }
        if (free.isEmpty() && minIdle == 0) {
            stopUpkeep();
        }
    }

    /** The network has changed: idle sessions are closed; those in use get no new streams, and must show that they live. */
    void reset() {
        for (Member member : new ArrayList<>(members.values())) {
            member.retired = true;
            if (!member.idle()) {
                member.session.probe();
            }
            settle(member);
        }
        for (Dial dial : new ArrayList<>(dials)) {
            if (dial.waiting.isEmpty()) {
                dial.session.close(CloseReason.cancelled("the network has changed"));
            }
        }
        warm();
    }

    /** How many sessions there are; for tests. */
    int size() {
        return members.size();
    }

    /** How many have room for another stream; for tests. */
    int free() {
        return free.size();
    }

    private long now() {
        return loop.ticker().nanoTime();
    }

    private static ConnectFailedException cancelled() {
        return new ConnectFailedException(Failure.CANCELLED, "nobody waits for it", null);
    }

    private static ConnectFailedException given(CloseReason why) {
        Failure failure = why.kind() == Kind.TIMEOUT ? Failure.TIMEOUT : Failure.CANCELLED;
        return new ConnectFailedException(failure, "given up on the way to the AnyTLS server: " + why, why.cause());
    }
}
