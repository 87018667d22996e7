package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.stream.Stream;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.ThreadWatch;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Servers and clients on loopback, closed after each test; no buffer and no thread of theirs may be left then. */
abstract class ServersAndClients {
    static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    static final RudpConfig PLAIN = RudpConfig.builder().build();

    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
    private final List<Future<?>> ends = new ArrayList<>();

    final RudpServer server(RudpConfig config) throws IOException {
        return keep(RudpServer.bind(ANY, config));
    }

    final RudpConnection client(RudpServer server, RudpConfig config) throws IOException {
        return keep(RudpClient.connect(server.address(), config));
    }

    final RudpServer keep(RudpServer server) {
        open.add(server);
        ends.add(server.closed());
        return server;
    }

    final RudpConnection keep(RudpConnection connection) {
        open.add(connection);
        ends.add(connection.closed());
        return connection;
    }

    final Stream keep(Stream stream) {
        open.add(stream);
        return stream;
    }

    @AfterEach
    final void closeAll() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        for (Future<?> end : ends) {
            assertThat(end.await(15, TimeUnit.SECONDS)).isTrue();
        }
    }

    static <T extends @Nullable Object> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }
}
