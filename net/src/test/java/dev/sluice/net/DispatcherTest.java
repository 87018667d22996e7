package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.AccessLog;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.Router;
import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What an inbound may rely on when it hands a connection to the one path. */
class DispatcherTest {
    private final EmbeddedChannel client = new EmbeddedChannel();
    private final ConnectionTable table = new ConnectionTable();
    private final Log log = new Log();
    private final Dialling outbound = new Dialling();
    private final Dispatcher dispatcher = new Dispatcher(new Always(new Route(outbound, "default")), table, log,
            RelayOptions.DEFAULT);

    @Test
    void aFailureIsTheInboundsToAnswerAndAlreadyLogged() {
        Future<Dispatcher.Dialled> dial = dispatcher.dial(connection(), "SOCKS5");
        outbound.connecting.setFailure(new ConnectFailedException(ConnectFailedException.Failure.REFUSED, "refused", null));

        assertThat(dial.cause()).isInstanceOf(ConnectFailedException.class);
        assertThat(log.ended).singleElement().satisfies(e -> {
            assertThat(e.what()).isEqualTo("SOCKS5");
            assertThat(e.reason().kind()).isEqualTo(CloseReason.Kind.UNREACHABLE);
            assertThat(e.route()).isNotNull();
        });
    }

    @Test
    void cancellingTheDialCancelsTheOutbounds() {
        Future<Dispatcher.Dialled> dial = dispatcher.dial(connection(), "CONNECT");
        dial.cancel(false);

        assertThat(outbound.connecting.isCancelled()).isTrue();
        assertThat(log.ended).singleElement().satisfies(e -> assertThat(e.reason().kind()).isEqualTo(CloseReason.Kind.CANCELLED));
    }

    @Test
    void aTargetThatNobodyWaitsForAnyMoreIsClosed() {
        outbound.cancellable = false;
        Future<Dispatcher.Dialled> dial = dispatcher.dial(connection(), "CONNECT");
        dial.cancel(false);
        EmbeddedChannel target = new EmbeddedChannel();
        outbound.connecting.setSuccess(target);

        assertThat(target.isOpen()).isFalse();
        assertThat(log.ended).hasSize(1);
    }

    @Test
    void theRouteIsSeenInTheTableAndItsBytesAreCounted() {
        Connection connection = connection();
        table.enter(connection);
        dispatcher.dial(connection, "tcp");
        connection.traffic().up(7);

        assertThat(table.live()).singleElement().satisfies(l -> assertThat(l.route()).isNotNull());
        assertThat(table.outbounds()).hasEntrySatisfying("dialling", total -> assertThat(total.up()).isEqualTo(7));
    }

    @Test
    void aNewRouterServesTheNextConnection() {
        Dialling other = new Dialling();
        dispatcher.use(new Always(new Route(other, "rule 1")));
        dispatcher.dial(connection(), "tcp");

        assertThat(other.dialled).isEqualTo(1);
        assertThat(outbound.dialled).isZero();
    }

    private Connection connection() {
        Scope scope = Scope.root("test", client.eventLoop());
        return new Connection(ConnectionId.next(), "in", null, new InetSocketAddress(InetAddress.getLoopbackAddress(), 1),
                Destination.of(Network.TCP, "example.net", 80), Policy.OPEN, scope, table.traffic("in", null));
    }

    private record Always(Route route) implements Router {
        @Override
        public Route route(Connection connection) {
            return route;
        }

        @Override
        public boolean wantsName(Connection connection) {
            return false;
        }
    }

    private final class Dialling implements Outbound {
        private Promise<Channel> connecting = client.eventLoop().newPromise();
        private boolean cancellable = true;
        private int dialled;

        @Override
        public String name() {
            return "dialling";
        }

        @Override
        public Future<Channel> connect(Connection connection) {
            dialled++;
            if (!cancellable) {
                connecting.setUncancellable();
            }
            return connecting;
        }

        @Override
        public Future<PacketChannel> associate(Connection connection) {
            throw new IllegalStateException("not in this test");
        }
    }

    private static final class Log implements AccessLog {
        private final List<Ended> ended = new ArrayList<>();

        @Override
        public void established(Connection connection, Route route) {}

        @Override
        public void refused(AccessLog.Refused one) {}

        @Override
        public void ended(Ended one) {
            ended.add(one);
        }
    }
}
