package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A reset does not overtake what the kernel holds for a receiver that comes late. */
@ParameterizedClass
@EnumSource(Transport.class)
class DelayedResetTest {
    private static final int SIZE = 1 << 20;

    private final EventLoops loops;
    private final ServerSocket server = new ServerSocket();

    DelayedResetTest(Transport transport) throws IOException {
        Transports.assumeAvailable(transport);
        loops = EventLoops.create(transport, 1);
        server.setReceiveBufferSize(8 * 1024);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @AfterEach
    void close() throws IOException {
        loops.close();
        server.close();
    }

    /** A channel that has written {@link #SIZE} bytes, which the kernel has taken. */
    private Channel written() {
        Channel channel = new Bootstrap().group(loops.next()).channel(loops.socket()).handler(new ChannelInboundHandlerAdapter())
                .connect(server.getLocalSocketAddress()).syncUninterruptibly().channel();
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[SIZE])).syncUninterruptibly();
        return channel;
    }

    private static void resetWithin(Channel channel, Duration limit) {
        channel.eventLoop().execute(() -> DelayedReset.start(channel, limit));
    }

    @Test
    void aReceiverThatComesLateGetsEverything() throws Exception {
        Channel channel = written();
        try (Socket peer = server.accept()) {
            peer.setSoTimeout(10_000);
            resetWithin(channel, Duration.ofSeconds(10));
            Executor late = CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS);
            int got = CompletableFuture.supplyAsync(() -> readUntilReset(peer), late).get(20, TimeUnit.SECONDS);
            assertThat(got).isEqualTo(SIZE);
        }
    }

    private static int readUntilReset(Socket peer) {
        try {
            return RelayTest.readUntilReset(peer.getInputStream()).length;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aReceiverThatNeverComesIsResetAtTheLimit() throws Exception {
        Channel channel = written();
        try (Socket peer = server.accept()) {
            peer.setSoTimeout(10_000);
            resetWithin(channel, Duration.ofMillis(300));
            assertThat(channel.closeFuture().await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(readUntilReset(peer)).isLessThan(SIZE);
        }
    }
}
