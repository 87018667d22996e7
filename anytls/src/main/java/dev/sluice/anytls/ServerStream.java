package dev.sluice.anytls;

import dev.sluice.anytls.uot.Uot;
import dev.sluice.anytls.uot.UotRequest;
import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Connection;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import dev.sluice.net.Dispatcher;
import dev.sluice.net.Dispatcher.Dialled;
import dev.sluice.net.Preamble;
import dev.sluice.net.ReadHold;
import dev.sluice.proxy.InboundObserver.Refusal;
import dev.sluice.proxy.Sniffer;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a client, from its SYN until the relay has it: reads the address of its target, dials, answers. The address may
 * come in pieces, or with the first data behind it. An address that names UDP over TCP leads to a {@link UotAssociation}.
 *
 * <p>The client is told what came of the dial; where that takes too long, the session itself says yes (see
 * {@link ServerSessionOptions#answerWithin}) and a failure closes the stream.
 *
 * <p>Belongs to the session's loop.
 */
final class ServerStream extends Preamble {
    private static final String WHAT = "AnyTLS";
    /** Bytes that are kept while the target is dialled; the rest waits in the session. */
    private static final int EARLY_BYTES = 64 * 1024;
    private static final int LONGEST_ANSWER = 200;

    private final ServerClient client;
    private final AnyTlsStream stream;
    private final long openedNanos = System.nanoTime();
    private final ScheduledFuture<?> deadline;
    private Uot.@Nullable Version version; // null until the address is read

    private ServerStream(ServerClient client, AnyTlsStream stream) {
        this.client = client;
        this.stream = stream;
        this.deadline = stream.eventLoop().schedule(this::tooSlow, client.protocol().options().address().toNanos(),
                TimeUnit.NANOSECONDS);
    }

    static void serve(ServerClient client, AnyTlsStream stream) {
        new ServerStream(client, stream).begin(stream);
    }

    // The address.

    @Override
    protected boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes) {
        try {
            return advance(ctx, bytes);
        } catch (ProtocolException | InvalidDestinationException e) {
            client.session().observer().refused(client.session().inbound(), Refusal.PROTOCOL);
            refuse(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private boolean advance(ChannelHandlerContext ctx, ByteBuf bytes) throws ProtocolException {
        if (version == null) {
            SocksAddress address = SocksAddress.read(bytes);
            if (address == null) {
                return true;
            }
            version = Uot.asks(address.host());
            if (version == Uot.Version.NONE) {
                connect(ctx, address);
                return false;
            }
        }
        if (version == Uot.Version.V1) {
            associate(ctx, null);
            return false;
        }
        UotRequest request = UotRequest.read(bytes);
        if (request == null) {
            return true;
        }
        associate(ctx, request);
        return false;
    }

    private void associate(ChannelHandlerContext ctx, @Nullable UotRequest request) {
        UotAssociation association = UotAssociation.of(client, stream, request);
        leave(ctx);
        association.begin();
        answered();
    }

    @Override
    protected void ended() {
        deadline.cancel(false);
    }

    private void tooSlow() {
        if (!done()) {
            refuse("no target named in " + client.protocol().options().address());
        }
    }

    private void refuse(String why) {
        end();
        stream.refused(why);
        stream.close();
    }

    private void answered() {
        client.protocol().observer().answered(client.session().inbound(), Duration.ofNanos(System.nanoTime() - openedNanos));
    }

    // The target.

    private void connect(ChannelHandlerContext ctx, SocksAddress address) {
        Connection connection = client.session().exchange(address.to(Network.TCP), client.user());
        leave(ctx);
        ReadHold hold = stream.pipeline().get(ReadHold.class);
        if (hold == null) {
            connection.scope().close(CloseReason.cancelled("the stream is closed"));
            return;
        }
        hold.ownedBy(connection.scope());
        stream.closeFuture().addListener(f -> left(connection));
        hold.watch(EARLY_BYTES, (held, error) -> {
            if (error != null || held == 0 || !stream.isActive()) {
                left(connection);
            }
        });
        Dispatcher dispatcher = client.protocol().context().dispatcher();
        if (!connection.scope().isOpen()) {
            return;
        }
        if (!dispatcher.wantsName(connection)) {
            dial(dispatcher, connection);
            return;
        }
        Sniffer.sniff(stream).addListener((Future<String> f) -> {
            if (connection.scope().isOpen()) {
                dial(dispatcher, f.getNow().isEmpty() ? connection : connection.sniffed(f.getNow()));
            }
        });
    }

    private boolean carried;

    private void left(Connection connection) {
        if (!carried) {
            connection.scope()
                    .close(CloseReason.of(Kind.CANCELLED, Side.CLIENT, "client left while its target was dialled"));
        }
    }

    private void dial(Dispatcher dispatcher, Connection connection) {
        dispatcher.dial(connection, WHAT).addListener((Future<Dialled> f) -> {
            answered();
            if (!f.isSuccess()) {
                failed(connection, f.cause());
            } else if (!connection.scope().isOpen()) { // the client left in this very turn of the loop
                f.getNow().target().close();
                dispatcher.ended(new AccessLog.Ended(connection, f.getNow().route(), WHAT, 0, 0, 0,
                        Duration.ofNanos(System.nanoTime() - connection.openedNanos()),
                        CloseReason.cancelled("the client left")));
            } else {
                carried = true;
                stream.established();
                dispatcher.carry(f.getNow(), stream, WHAT);
            }
        });
    }

    private void failed(Connection connection, Throwable cause) {
        if (connection.scope().isOpen()) {
            String why = String.valueOf(cause.getMessage());
            stream.refused(why.length() > LONGEST_ANSWER ? why.substring(0, LONGEST_ANSWER) : why);
            connection.scope().close(CloseReasons.classify(cause));
        }
    }
}
