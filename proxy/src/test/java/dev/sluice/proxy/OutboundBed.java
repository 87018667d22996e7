package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.sluice.core.CloseReason;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.Outbound;
import dev.sluice.core.Policy;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** A dialer and a scope for the test of an outbound; at its close nothing may be left open. */
final class OutboundBed implements AutoCloseable {
    static final InetSocketAddress SOURCE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);

    final EventLoop loop;
    final LoopbackDialer dialer;
    final DirectOutbound direct;
    final Scope scope;

    OutboundBed(EventLoops loops) {
        loop = loops.next();
        dialer = new LoopbackDialer(loops);
        direct = new DirectOutbound("direct", dialer);
        scope = Scope.root("test", loop);
    }

    static Destination tcp(int port) {
        return Destination.of(Network.TCP, "127.0.0.1", port);
    }

    Connection connection(Destination destination) {
        return connection(destination, Policy.OPEN, SOURCE);
    }

    Connection connection(Destination destination, Policy policy, InetSocketAddress source) {
        return new Connection(ConnectionId.next(), "test", null, source, destination, policy, scope.child("connection"),
                new Traffic(List.of()));
    }

    /** Begins on the loop. */
    <T> Future<T> on(Supplier<Future<T>> work) throws Exception {
        return loop.submit(work::get).get(5, TimeUnit.SECONDS);
    }

    /** Connects, and waits for what comes of it. */
    Channel connect(Outbound outbound, Connection connection) throws Exception {
        return on(() -> outbound.connect(connection)).get(15, TimeUnit.SECONDS);
    }

    /** Connects, and gives the failure. */
    ConnectFailedException refused(Outbound outbound, Connection connection) throws Exception {
        return refused(on(() -> outbound.connect(connection)));
    }

    static ConnectFailedException refused(Future<?> future) throws Exception {
        assertThat(future.await(15, TimeUnit.SECONDS)).isTrue();
        if (!(future.cause() instanceof ConnectFailedException failure)) {
            return fail("no failure of a connect: " + future);
        }
        return failure;
    }

    /** Takes the stream over; what comes is gathered. */
    Received take(Channel channel) throws Exception {
        Received received = new Received();
        channel.eventLoop().submit(() -> {
            ReadHold.release(channel, pipeline -> pipeline.addLast(received));
            channel.config().setAutoRead(true);
        }).get(5, TimeUnit.SECONDS);
        scope.own(why -> channel.close());
        return received;
    }

    static void send(Channel channel, String text) {
        channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
    }

    /** What came over a stream. */
    static final class Received extends SimpleChannelInboundHandler<ByteBuf> {
        private final AtomicReference<String> text = new AtomicReference<>("");

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            text.updateAndGet(before -> before + bytes.toString(StandardCharsets.ISO_8859_1));
        }

        String text() {
            return text.get();
        }

        void await(String expected) {
            OutboundBed.await().untilAsserted(() -> assertThat(text.get()).isEqualTo(expected));
        }
    }

    static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(5));
    }

    /** Every channel that was opened is closed, although the scope is not. */
    void nothingOpen() {
        await().untilAsserted(() -> assertThat(dialer.open()).isZero());
    }

    @Override
    public void close() throws Exception {
        scope.close(CloseReason.shutdown("end of test")).get(5, TimeUnit.SECONDS);
        nothingOpen();
    }
}
