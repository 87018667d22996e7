package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.anytls.session.Anomaly;
import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ServerTls;
import dev.sluice.net.Streams;
import dev.sluice.stream.Stream;
import dev.sluice.testkit.LeakWatch;
import dev.sluice.testkit.LogWatch;
import dev.sluice.testkit.ThreadWatch;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The client and its pool against a server whose sessions a test controls. */
@SuppressWarnings("NullAway.Init")
class AnyTlsOutboundIT {
    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @RegisterExtension
    final LeakWatch leaks = new LeakWatch();

    @RegisterExtension
    final LogWatch logs = new LogWatch();

    @TempDir
    private static Path keys;

    private static ServerTls tls;

    @TempDir
    Path dir;

    private EventLoops loops;
    private EventLoop loop;
    private Scope scope;
    private SessionServer server;
    private AnyTlsOutbound outbound;
    private final List<Stream> streams = new ArrayList<>();
    private final Set<Anomaly> odd = ConcurrentHashMap.newKeySet();

    @BeforeAll
    static void makeKeys() throws Exception {
        tls = ServerTls.selfSigned(keys, "server", List.of());
    }

    @BeforeEach
    void start() throws Exception {
        loops = EventLoops.create();
        loop = loops.next();
        scope = Scope.root("test", loop);
        server = new SessionServer(loops, tls);
    }

    @AfterEach
    void stop() throws Exception {
        streams.forEach(Stream::close);
        scope.close(CloseReason.shutdown("end of test")).get(5, TimeUnit.SECONDS);
        server.close();
        loops.close().syncUninterruptibly();
    }

    private void client(UnaryOperator<AnyTlsClientOptions> change) throws Exception {
        client("secret", change.apply(AnyTlsClientOptions.DEFAULT));
    }

    private void client(String password, AnyTlsClientOptions options) throws Exception {
        ClientTls tls = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(server.tls.pin()));
        outbound = new AnyTlsOutbound("far", Destination.of(Network.TCP, "127.0.0.1", server.port()), password, tls,
                new LoopbackOutbound(loops), options, dir.resolve("state"), scope, List.of(loop), odd::add);
    }

    private static AnyTlsClientOptions options(int streamsPerSession, boolean reuse, int minIdle, Duration idle, Duration maxAge,
            Duration answer) {
        return new AnyTlsClientOptions("test", streamsPerSession, reuse, minIdle, idle, idle, maxAge, Duration.ofSeconds(15),
                answer, Duration.ofSeconds(10), false);
    }

    private Future<Channel> connect(String target) throws Exception {
        Connection connection = new Connection(ConnectionId.next(), "test", null,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 4000),
                Destination.of(Network.TCP, target, 80), Policy.OPEN, scope.child("connection"), new Traffic(List.of()));
        return loop.submit(() -> outbound.connect(connection)).get(5, TimeUnit.SECONDS);
    }

    private Stream open() throws Exception {
        Stream stream = Streams.of(connect("echo.test").get(10, TimeUnit.SECONDS));
        streams.add(stream);
        return stream;
    }

    private static void echo(Stream stream, String text) throws Exception {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        stream.write(bytes, 0, bytes.length);
        assertThat(stream.input().readNBytes(bytes.length)).isEqualTo(bytes);
    }

    private ConnectFailedException refused(String target) throws Exception {
        Future<Channel> connecting = connect(target);
        assertThat(connecting.await(15, TimeUnit.SECONDS)).isTrue();
        assertThat(connecting.cause()).isInstanceOf(ConnectFailedException.class);
        return (ConnectFailedException) connecting.cause();
    }

    private int sessions() throws Exception {
        return loop.submit(() -> outbound.sessions(loop)).get();
    }

    @Test
    void aSessionIsUsedAgain() throws Exception {
        client(o -> o);
        for (int i = 0; i < 20; i++) {
            Stream stream = open();
            echo(stream, "number " + i);
            stream.close();
        }
        assertThat(server.sessions()).isEqualTo(1);
        Stream one = open();
        Stream two = open();
        echo(one, "one");
        echo(two, "two");
        assertThat(server.sessions()).as("one stream at a time").isEqualTo(2);
    }

    @Test
    void severalStreamsShareASessionWhereAskedTo() throws Exception {
        client("secret", options(3, true, 0, Duration.ofSeconds(30), Duration.ofMinutes(30), Duration.ofSeconds(10)));
        List<Future<Channel>> together = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            together.add(connect("echo.test"));
        }
        for (Future<Channel> each : together) {
            Stream stream = Streams.of(each.get(10, TimeUnit.SECONDS));
            streams.add(stream);
            echo(stream, "shared");
        }
        assertThat(server.sessions()).isEqualTo(3);
    }

    @Test
    void withoutReuseEachStreamHasItsSession() throws Exception {
        client("secret", options(1, false, 0, Duration.ofSeconds(30), Duration.ofMinutes(30), Duration.ofSeconds(10)));
        for (int i = 0; i < 3; i++) {
            Stream stream = open();
            echo(stream, "alone");
            stream.close();
            await().until(() -> server.open() == 0);
        }
        assertThat(server.sessions()).isEqualTo(3);
    }

    @Test
    void idleSessionsAreClosedButForTheMinimum() throws Exception {
        client("secret", options(1, true, 2, Duration.ofMillis(200), Duration.ofMinutes(30), Duration.ofSeconds(10)));
        await().until(() -> server.sessions() == 2);
        List<Stream> five = List.of(open(), open(), open(), open(), open());
        assertThat(server.open()).isGreaterThanOrEqualTo(5);
        for (Stream stream : five) {
            echo(stream, "x");
            stream.close();
        }
        await().until(() -> server.open() == 2);
        await().pollDelay(Duration.ofMillis(500)).until(() -> server.open() == 2);
    }

    @Test
    void anOldSessionTakesNoMoreStreams() throws Exception {
        client("secret", options(1, true, 0, Duration.ofSeconds(30), Duration.ofNanos(1), Duration.ofSeconds(10)));
        open().close();
        await().until(() -> server.open() == 0);
        open().close();
        assertThat(server.sessions()).isEqualTo(2);
    }

    @Test
    void whatTheServerSaysOfTheTargetIsTold() throws Exception {
        client(o -> o);
        assertThat(refused("refused.test")).hasMessageContaining("nothing listens there")
                .extracting(ConnectFailedException::failure).isEqualTo(Failure.UPSTREAM);
        echo(open(), "and the session goes on");
        assertThat(server.sessions()).isEqualTo(1);
    }

    @Test
    void aStreamWithoutAnswerIsGivenUpAlone() throws Exception {
        client("secret", options(2, true, 0, Duration.ofSeconds(30), Duration.ofMinutes(30), Duration.ofMillis(300)));
        Stream before = open();
        assertThat(refused("silent.test").failure()).isEqualTo(Failure.TIMEOUT);
        echo(before, "still there");
        assertThat(server.sessions()).isEqualTo(1);
    }

    @Test
    void aDeadSessionIsReplacedOnce() throws Exception {
        client(o -> o);
        Stream first = open();
        echo(first, "x");
        first.close();
        server.dieOnNextStream();
        echo(open(), "on a new session");
        assertThat(server.sessions()).isEqualTo(2);
    }

    @Test
    void afterAResetNewSessionsAreMade() throws Exception {
        client(o -> o);
        Stream inUse = open();
        Stream idle = open();
        idle.close();
        await().until(() -> sessions() == 2);
        outbound.reset();
        await().until(() -> server.open() == 1);
        echo(inUse, "goes on");
        echo(open(), "new");
        assertThat(server.sessions()).isEqualTo(3);
    }

    @Test
    void aWrongPasswordIsToldAsSuch() throws Exception {
        client("wrong", AnyTlsClientOptions.DEFAULT);
        server.answersAsAWebSite();
        assertThat(refused("echo.test")).hasMessageContaining("wrong password")
                .extracting(ConnectFailedException::failure).isEqualTo(Failure.UPSTREAM_AUTH);
    }

    @Test
    void aConnectionThatIsGivenUpLeavesNothing() throws Exception {
        client(o -> o);
        Future<Channel> waiting = connect("silent.test");
        await().until(() -> server.streams() == 1);
        waiting.cancel(false);
        await().until(() -> server.streams() == 0);
        echo(open(), "on the same session");
        assertThat(server.sessions()).isEqualTo(1);
    }

    @Test
    void aStreamThatOnlyWaitsForItsEndLeavesItsSessionFree() throws Exception {
        client(o -> o);
        AnyTlsStream waits = (AnyTlsStream) connect("echo.test").get(10, TimeUnit.SECONDS);
        streams.add(Streams.of(waits));
        assertThat(loop.submit(() -> outbound.free(loop)).get()).isZero();
        loop.submit(waits::ending).get();
        assertThat(loop.submit(() -> outbound.free(loop)).get()).isEqualTo(1);
        echo(open(), "beside it");
        assertThat(server.sessions()).isEqualTo(1);
    }

    @Test
    void streamsThatOnlyWaitForTheirEndAreNotTooManyForAServer() throws Exception {
        client(o -> o);
        List<AnyTlsStream> waiting = new ArrayList<>();
        for (int i = 0; i < 2 * SessionServer.MOST_STREAMS; i++) {
            AnyTlsStream next = (AnyTlsStream) connect("echo.test").get(10, TimeUnit.SECONDS);
            streams.add(Streams.of(next));
            loop.submit(next::ending).get();
            waiting.add(next);
        }
        assertThat(server.sessions()).isEqualTo(2);
        waiting.getFirst().close().sync();
        echo(open(), "where there is room again");
        assertThat(server.sessions()).isEqualTo(2);
    }

    @Test
    void aSessionWhoseServerTakesNothingIsNotUsedAgain() throws Exception {
        client(o -> o);
        Channel stream = connect("deaf.test").get(10, TimeUnit.SECONDS);
        ByteBuf much = stream.alloc().buffer(64 << 20).writeZero(64 << 20);
        stream.writeAndFlush(much);
        await().until(() -> stream.parent().unsafe().outboundBuffer() != null && !stream.parent().isWritable());
        stream.close().sync();
        echo(open(), "on a session of its own");
        assertThat(server.sessions()).isEqualTo(2);
    }

    @Test
    void aSchemeThatDoesNotParseIsCountedAndTheOldOneStays() throws Exception {
        server.update("stop=\n1=nonsense");
        client(o -> o);
        echo(open(), "x");
        await().until(() -> odd.contains(Anomaly.BAD_SCHEME));
        assertThat(SchemeMemory.of(dir.resolve("state"), "127.0.0.1:" + server.port()).scheme().md5())
                .isEqualTo(PaddingScheme.DEFAULT.md5());
        echo(open(), "y");
    }

    @Test
    void theSchemeOfTheServerIsRememberedOverRestarts() throws Exception {
        PaddingScheme other = PaddingScheme.parse("stop=3\n0=100-100\n1=300-300\n2=400-500".getBytes(StandardCharsets.UTF_8));
        server.scheme(other);
        client(o -> o);
        open().close();
        Path state = dir.resolve("state");
        await().until(() -> SchemeMemory.of(state, "127.0.0.1:" + server.port()).scheme().md5().equals(other.md5()));
        client(o -> o);
        open().close();
        assertThat(server.updates()).as("only the first session had to be told").isEqualTo(1);
    }
}
