package dev.sluice.anytls;

import dev.sluice.anytls.AnyTlsUsers.Account;
import dev.sluice.proxy.ClientSession;

/**
 * One authenticated client: a session, and a {@link ServerStream} for each of its streams. While the inbound drains, a session goes
 * with its last stream; clients keep idle ones, and open new ones elsewhere.
 *
 * <p>Belongs to the client's loop.
 */
record ServerClient(AnyTlsProtocol protocol, ClientSession session, String user) {

    /** Takes the session's channel over from its hold. */
    static void begin(AnyTlsProtocol protocol, ClientSession session, Account account) {
        ServerClient client = new ServerClient(protocol, session, account.name());
        AnyTlsObserver observer = protocol.observer();
        observer.sessionBegan(session.inbound());
        session.scope().onDrain(session.scope()::closeWhenEmpty);
        session.channel().closeFuture().addListener(f -> observer.sessionEnded(session.inbound()));
        session.handOver(); // the session closes the scope when it has ended
        AnyTlsServerSession.start(session.channel(), session.scope(), protocol.options().session(), client::opened,
                observer.of(session.inbound()));
    }

    private void opened(AnyTlsStream stream) {
        AnyTlsObserver observer = protocol.observer();
        observer.streamBegan(session.inbound());
        stream.closeFuture().addListener(f -> observer.streamEnded(session.inbound()));
        ServerStream.serve(this, stream);
    }
}
