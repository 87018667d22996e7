package dev.sluice.anytls;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.padding.Padder;
import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.anytls.session.ClientState;
import dev.sluice.anytls.session.SessionState;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Host;
import dev.sluice.core.Scope;
import dev.sluice.mux.MuxLimits;
import dev.sluice.mux.MuxStream;
import dev.sluice.mux.MuxWriter;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.concurrent.ThreadLocalRandom;

/** The client's end of an AnyTLS session: it authenticates, pads its first packets, and opens streams. */
final class AnyTlsClientSession extends AnyTlsSession implements ClientState.Dials {

    /** Hears of what concerns more than one session. */
    interface Owner {
        /** A stream of {@code session} has ended. */
        void streamEnded(AnyTlsClientSession session);

        /** {@code session} is over. */
        void sessionEnded(AnyTlsClientSession session);

        /** The server wants another padding scheme. */
        void scheme(byte[] text);

        /** The server is of {@code version}, by what it says or by its silence. */
        void version(int version);
    }

    private final ClientState state;
    private final Owner owner;
    private final byte[] passwordHash;
    private final PaddingScheme scheme;
    private final IntObjectMap<Promise<AnyTlsStream>> opening = new IntObjectHashMap<>(2);
    private boolean recognised;

    private AnyTlsClientSession(Channel carrier, Scope scope, Terms terms, Owner owner, SessionObserver observer) {
        super(carrier, scope, MuxLimits.DEFAULT, observer);
        this.owner = owner;
        this.passwordHash = terms.passwordHash;
        this.scheme = terms.scheme;
        this.state = new ClientState(this, this, terms.client, terms.answerWithin);
        if (terms.firstVersion) {
            state.expectFirstVersion();
        }
    }

    /** What a session begins with. */
    static final class Terms {
        private final byte[] passwordHash;
        private final PaddingScheme scheme;
        private final String client;
        private final long answerWithin;
        private final boolean firstVersion;

        /**
         * Keeps the password's hash only.
         *
         * @param scheme how the first packets are padded
         * @param client the name that is given in the settings; may be empty
         * @param answerWithin nanoseconds for the answer to a SYN
         * @param firstVersion whether the server is known to be of version 1
         */
        Terms(byte[] passwordHash, PaddingScheme scheme, String client, long answerWithin, boolean firstVersion) {
            this.passwordHash = passwordHash;
            this.scheme = scheme;
            this.client = client;
            this.answerWithin = answerWithin;
            this.firstVersion = firstVersion;
        }
    }

    /** Takes {@code carrier} over, authenticates and greets. On its loop. */
    static AnyTlsClientSession start(Channel carrier, Scope scope, Terms terms, Owner owner, SessionObserver observer) {
        AnyTlsClientSession session = new AnyTlsClientSession(carrier, scope, terms, owner, observer);
        session.begin();
        return session;
    }

    /** Hash, length and padding are one record: some servers read only one. The settings go with what is written in this turn. */
    @Override
    protected void begun() {
        int padding = scheme.drawAuth(ThreadLocalRandom.current());
        ByteBuf auth = writer().frame(passwordHash.length + Short.BYTES + padding, 0);
        auth.writeBytes(passwordHash).writeShort(padding).writeZero(padding);
        Padder padder = new Padder(scheme, ThreadLocalRandom.current());
        writer().shape((packet, records) -> {
            padder.split(packet, carrier().alloc(), records::add);
            return !padder.over();
        });
        state.greet(scheme.md5(), now());
    }

    /**
     * Asks for a stream to {@code host}. SYN and address leave together.
     *
     * @param awaiting whether to wait for the server's answer; without, what goes wrong is seen by the loss of the stream
     * @return the stream, with a {@code ReadHold}; fails with a {@link ConnectFailedException}. Whoever gets it closes it; cancelling
     *     the future resets it
     */
    Future<AnyTlsStream> open(Host host, int port, boolean awaiting) {
        Promise<AnyTlsStream> promise = loop().newPromise();
        int id = state.next();
        if (closeReason() != null || id == 0) {
            return promise.setFailure(new ConnectFailedException(Failure.UPSTREAM_UNREACHABLE, "the session is over", null));
        }
        AnyTlsStream stream = new AnyTlsStream(this, id);
        opening.put(id, promise);
        promise.addListener(f -> {
            if (f.isCancelled()) {
                stream.reset(CloseReason.cancelled("nobody waits for it"));
            }
        });
        add(stream);
        state.open(id, now());
        SocksAddress address = new SocksAddress(host, port);
        ByteBuf bytes = carrier().alloc().buffer(address.length());
        address.write(bytes);
        writeData(stream, bytes);
        writer().flushSoon();
        if (!awaiting || !state.awaits(id)) {
            connected(id);
        }
        schedule();
        return promise;
    }

    /** Whether the server has said anything yet. */
    boolean recognised() {
        return recognised;
    }

    /** Whether no stream sends, and yet more than a record waits: what is opened now would wait behind it, perhaps for ever. */
    boolean clogged() {
        return busy() == 0 && writer().pending() > MuxWriter.RECORD;
    }

    /** When the server was last heard of. */
    long lastHeard() {
        return state.heard();
    }

    /** Asks whether the server lives. */
    void probe() {
        state.probe(now());
        schedule();
    }

    @Override
    SessionState state() {
        return state;
    }

    @Override
    void heard(long now) {
        state.heard(now);
    }

    @Override
    void clogged(long now) {
        state.clogged(now);
    }

    /** A server that does not know us may show us a web site instead. */
    @Override
    boolean recognise(ByteBuf bytes) {
        if (!recognised && bytes.isReadable()) {
            if (!Command.known(bytes.getUnsignedByte(bytes.readerIndex()))) {
                close(CloseReason.of(Kind.UNAUTHORIZED, Side.PEER, "the server does not answer in AnyTLS: wrong password?"));
                return false;
            }
            recognised = true;
        }
        return true;
    }

    @Override
    public void connected(int id) {
        Promise<AnyTlsStream> promise = opening.remove(id);
        if (promise != null && stream(id) instanceof AnyTlsStream stream && !promise.trySuccess(stream)) {
            stream.reset(CloseReason.cancelled("nobody waits for it"));
        }
    }

    @Override
    public void refused(int id, String why) {
        fail(id, new ConnectFailedException(Failure.UPSTREAM, "the server says: " + why, null));
        if (stream(id) instanceof AnyTlsStream stream) {
            refused(stream, CloseReason.of(Kind.UNREACHABLE, Side.TARGET, why));
        }
    }

    @Override
    public void unanswered(int id) {
        fail(id, new ConnectFailedException(Failure.TIMEOUT, "the server does not say whether the target is connected", null));
        if (stream(id) instanceof AnyTlsStream stream) {
            stream.reset(CloseReason.of(Kind.TIMEOUT, Side.SELF, "no answer"));
        }
    }

    private void fail(int id, ConnectFailedException error) {
        Promise<AnyTlsStream> promise = opening.remove(id);
        if (promise != null) {
            promise.tryFailure(error);
        }
    }

    @Override
    public void scheme(byte[] text) {
        owner.scheme(text);
    }

    /** The session has room again, although the stream still waits for the server's end. */
    @Override
    protected void resting(MuxStream stream) {
        owner.streamEnded(this);
    }

    @Override
    public void version(int version) {
        owner.version(version);
    }

    @Override
    protected void closed(MuxStream stream, CloseReason why) {
        super.closed(stream, why);
        Failure failure = why.kind() == Kind.UNAUTHORIZED ? Failure.UPSTREAM_AUTH : Failure.UPSTREAM_UNREACHABLE;
        String hint = recognised || failure == Failure.UPSTREAM_AUTH ? "" : " before the server said anything: wrong password?";
        fail(stream.streamId(), new ConnectFailedException(failure, "the session was lost: " + why.detail() + hint, why.cause()));
        if (closeReason() == null) {
            owner.streamEnded(this);
        }
    }

    @Override
    protected void ended(CloseReason why) {
        super.ended(why);
        owner.sessionEnded(this);
    }
}
