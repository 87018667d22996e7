package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.Network;
import dev.sluice.core.Scope;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Transport.class)
class ListenerIT {
    private final EventLoops loops;
    private final Scope server;
    private final OwnAddresses own = new OwnAddresses();

    ListenerIT(Transport transport) {
        Transports.assumeAvailable(transport);
        loops = EventLoops.create(transport, 2);
        server = Scope.root("server", loops.next());
    }

    @AfterEach
    void close() {
        server.close(CloseReason.shutdown("test")).awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(server.closed().isDone()).isTrue();
        loops.close();
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private Listener bind(Listener.Handler handler) throws Exception {
        return Listener.bind(loops, own, server, anyPort(), handler).get(5, TimeUnit.SECONDS);
    }

    private static Socket connect(Listener listener) throws IOException {
        Socket socket = new Socket(listener.address().getAddress(), listener.address().getPort());
        socket.setSoTimeout(5000);
        return socket;
    }

    @Test
    void spreadsConnectionsOverTheLoopsAndCallsBackThere() throws Exception {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        Queue<String> faults = new ConcurrentLinkedQueue<>();
        Listener listener = bind((channel, scope) -> {
            threads.add(Thread.currentThread());
            if (!channel.eventLoop().inEventLoop() || !scope.executor().equals(channel.eventLoop())
                    || channel.config().isAutoRead()
                    || !channel.isActive()) {
                faults.add("wrong: " + channel);
            }
            channel.writeAndFlush(Unpooled.copiedBuffer("hi", StandardCharsets.US_ASCII));
        });
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                open.add(hello(listener));
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
        assertThat(threads).hasSize(2);
        assertThat(faults).isEmpty();
    }

    private static Socket hello(Listener listener) throws IOException {
        Socket socket = connect(listener);
        assertThat(socket.getInputStream().readNBytes(2)).asString().isEqualTo("hi");
        return socket;
    }

    @Test
    void aConnectionGoesToTheLoopWithTheFewest() throws Exception {
        Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
        Listener listener = bind((channel, scope) -> {
            accepted.add(channel);
            channel.writeAndFlush(Unpooled.copiedBuffer("hi", StandardCharsets.US_ASCII));
        });
        Set<EventLoop> used = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            try (Socket socket = hello(listener)) {
                Channel channel = accepted.remove();
                used.add(channel.eventLoop());
                channel.close().sync();
            }
        }
        assertThat(used).as("one after the other, each stays where it was accepted").hasSize(1);
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 6; i++) {
                held.add(hello(listener));
            }
            assertThat(accepted.stream().collect(Collectors.groupingBy(Channel::eventLoop, Collectors.counting())).values())
                    .containsExactly(3L, 3L);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    @Test
    void saysWhichAddressIsTaken() throws Exception {
        Listener listener = bind((channel, scope) -> {});
        Future<Listener> second = Listener.bind(loops, own, server, listener.address(), (channel, scope) -> {});
        second.awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(second.cause()).isInstanceOf(BindException.class)
                .hasMessage("127.0.0.1:" + listener.address().getPort() + ": address already in use");
        await().until(() -> server.executor().submit(() -> server.children() == 1).get());
    }

    @Test
    void saysThatAnAddressIsForeign() {
        Future<Listener> bound = Listener.bind(loops, own, server, new InetSocketAddress("203.0.113.7", 0),
                (channel, scope) -> {}).awaitUninterruptibly();
        assertThat(bound.cause()).isInstanceOf(BindException.class).hasMessageStartingWith("203.0.113.7:0: ");
    }

    @Test
    void anExceptionClosesItsOwnConnectionOnly() throws Exception {
        List<Scope> scopes = new ArrayList<>();
        Listener listener = Listener.bind(loops, own, server, anyPort(), (channel, scope) -> {
            synchronized (scopes) {
                scopes.add(scope);
                if (scopes.size() == 1) {
                    throw new IllegalStateException("planted fault");
                }
            }
            channel.writeAndFlush(Unpooled.copiedBuffer("hi", StandardCharsets.US_ASCII));
        }).get(5, TimeUnit.SECONDS);
        try (Socket first = connect(listener)) {
            assertThat(first.getInputStream().read()).isEqualTo(-1);
        }
        try (Socket second = connect(listener)) {
            assertThat(second.getInputStream().readNBytes(2)).asString().isEqualTo("hi");
        }
        await().untilAsserted(() -> assertThat(scopes.getFirst().reason()).extracting(CloseReason::kind).isEqualTo(Kind.FAULT));
        assertThat(scopes.getLast().isOpen()).isTrue();
    }

    @Test
    void drainingStopsAcceptingAndWaitsForConnections() throws Exception {
        Queue<Scope> scopes = new ConcurrentLinkedQueue<>();
        Listener listener = bind((channel, scope) -> scopes.add(scope));
        assertThat(own.contains(Network.TCP, listener.address())).isTrue();
        try (Socket socket = connect(listener)) {
            await().until(() -> scopes.size() == 1);
            Future<CloseReason> drained = server.drain(Duration.ofSeconds(30));
            await().until(() -> !own.contains(Network.TCP, listener.address()));
            assertThat(catchThrowable(() -> connect(listener).close())).isInstanceOf(IOException.class);
            assertThat(drained.isDone()).isFalse();
            assertThat(scopes.element().isOpen()).isTrue();
            scopes.element().close(CloseReason.finished());
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(drained.get(5, TimeUnit.SECONDS).kind()).isEqualTo(Kind.SHUTDOWN);
        }
    }

    @Test
    void closingTheServerClosesEverything() throws Exception {
        Queue<Scope> accepted = new ConcurrentLinkedQueue<>();
        Listener listener = bind((channel, scope) -> accepted.add(scope));
        try (Socket socket = connect(listener)) {
            await().until(() -> !accepted.isEmpty()); // what waits in the kernel's queue is reset, not closed
            server.close(CloseReason.shutdown("now")).get(5, TimeUnit.SECONDS);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            assertThat(catchThrowable(() -> connect(listener).close())).isInstanceOf(IOException.class);
        }
    }
}
