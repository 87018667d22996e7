package dev.sluice.proxy;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.Dispatcher.Dialled;
import dev.sluice.net.Finish;
import dev.sluice.net.ReadHold;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client that wants one opaque stream, from the moment its target is known until the relay has both ends: its early bytes are
 * kept, the name is sniffed where a rule needs it, the target is dialled, and the client is answered.
 *
 * <p>The client is told of success only once the target is connected. The one exception is sniffing: a client that names only an
 * address says the name in its first bytes, and sends them only after our answer.
 *
 * <p>Belongs to the client's loop.
 */
final class OpaqueClient {

    /** What the client is told. */
    interface Answers {
        /**
         * The target is connected.
         *
         * @param bound our address towards the target; null where it is not known
         */
        byte[] succeeded(@Nullable InetSocketAddress bound);

        /** The target cannot be reached. */
        byte[] failed(Failure failure);
    }

    /** For protocols that say nothing. */
    static final Answers SILENT = new Answers() {
        @Override
        public byte[] succeeded(@Nullable InetSocketAddress bound) {
            return new byte[0];
        }

        @Override
        public byte[] failed(Failure failure) {
            return new byte[0];
        }
    };

    private final ClientSession session;
    private final Dispatcher dispatcher;
    private final Connection connection;
    private final String what;
    private final Answers answers;
    private boolean answered;

    private OpaqueClient(ClientSession session, Dispatcher dispatcher, Connection connection, String what, Answers answers) {
        this.session = session;
        this.dispatcher = dispatcher;
        this.connection = connection;
        this.what = what;
        this.answers = answers;
    }

    /** Serves the client, whose channel has a hold, from here to its end. {@code connection} lives in the session's scope. */
    static void serve(ClientSession session, Dispatcher dispatcher, Connection connection, String what, Answers answers) {
        new OpaqueClient(session, dispatcher, connection, what, answers).serve();
    }

    private void serve() {
        ReadHold hold = Objects.requireNonNull(session.channel().pipeline().get(ReadHold.class));
        hold.watch(EarlyBytes.LIMIT, EarlyBytes.watcher(session));
        if (!session.scope().isOpen()) {
            return;
        }
        if (!dispatcher.wantsName(connection)) {
            dial(connection);
            return;
        }
        succeeded(null);
        Sniffer.sniff(session.channel()).addListener((Future<String> f) -> {
            if (session.scope().isOpen()) {
                dial(f.getNow().isEmpty() ? connection : connection.sniffed(f.getNow()));
            }
        });
    }

    private void dial(Connection to) {
        dispatcher.dial(to, what).addListener((Future<Dialled> f) -> {
            if (!f.isSuccess()) {
                failed(f.cause());
            } else if (!session.scope().isOpen()) { // the client left in this very turn of the loop
                f.getNow().target().close();
                dispatcher.ended(new AccessLog.Ended(to, f.getNow().route(), what, 0, 0, 0,
                        Duration.ofNanos(System.nanoTime() - to.openedNanos()), CloseReason.cancelled("the client left")));
            } else {
                succeeded(f.getNow().target().localAddress() instanceof InetSocketAddress bound ? bound : null);
                session.handOver();
                dispatcher.carry(f.getNow(), session.channel(), what);
            }
        });
    }

    private void succeeded(@Nullable InetSocketAddress bound) {
        byte[] answer = answers.succeeded(bound);
        if (!answered && answer.length > 0) {
            session.channel().writeAndFlush(Unpooled.wrappedBuffer(answer));
        }
        answered = true;
    }

    private void failed(Throwable cause) {
        if (!session.scope().isOpen()) {
            return;
        }
        CloseReason reason = CloseReasons.classify(cause);
        Failure failure = cause instanceof ConnectFailedException c ? c.failure() : Failure.INTERNAL;
        byte[] answer = answered ? new byte[0] : answers.failed(failure);
        if (answer.length > 0) {
            ReadHold.release(session.channel(), pipeline -> {});
            LingeringClose.after(session, answer, reason);
        } else { // nothing can be said: the client must not take it for an orderly end
            Finish.reset(session.channel());
            session.scope().close(reason);
        }
    }
}
