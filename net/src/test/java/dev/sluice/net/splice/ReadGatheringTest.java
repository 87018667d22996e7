package dev.sluice.net.splice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bytes that gather before the pump reads them: none stays behind, and the socket is as before when it is over. */
class ReadGatheringTest {
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CompletableFuture<String> ended = new CompletableFuture<>();
    private EventLoops loops;
    private EpollSocketChannel near;
    private SplicePump pump;
    private Socket sender;
    private Socket receiver;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(EventLoops.unavailable(Transport.EPOLL) == null);
        loops = EventLoops.create(Transport.EPOLL, 1);
        EventLoop loop = loops.all().getFirst();
        ServerSocket server = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
        open.add(server);
        near = connect(loop, server);
        sender = server.accept();
        EpollSocketChannel far = connect(loop, server);
        receiver = server.accept();
        open.addAll(List.of(sender, receiver));
        receiver.setSoTimeout(10_000);
        SplicePump.Listener listener = new Ends();
        pump = loop.submit(() -> SplicePump.start(near, listener, far, listener)).get();
        gathering();
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        loops.close().get(10, TimeUnit.SECONDS);
    }

    private EpollSocketChannel connect(EventLoop loop, ServerSocket server) throws Exception {
        EpollSocketChannel channel = (EpollSocketChannel) new Bootstrap().group(loop).channel(loops.socket())
                .option(ChannelOption.AUTO_READ, false).option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .handler(new ChannelInboundHandlerAdapter()).connect(server.getLocalSocketAddress()).sync().channel();
        open.add(() -> channel.close().sync());
        return channel;
    }

    private void gathering() throws Exception {
        int threshold = near.eventLoop().submit(() -> {
            pump.a().gathering().start();
            return near.config().getOption(ReadGathering.SO_RCVLOWAT);
        }).get();
        assertThat(threshold).isEqualTo(ReadGathering.THRESHOLD);
    }

    private int threshold() throws Exception {
        return near.eventLoop().submit(() -> near.config().getOption(ReadGathering.SO_RCVLOWAT)).get();
    }

    @Test
    void aFewBytesWaitForTheNextTickOnly() throws Exception {
        for (int i = 0; i < 50; i++) {
            sender.getOutputStream().write(i);
            assertThat(receiver.getInputStream().read()).isEqualTo(i);
            gathering();
        }
    }

    @Test
    void aStreamThatHasBecomeSlowIsReadAtOnceAgain() {
        await().untilAsserted(() -> assertThat(threshold()).isEqualTo(1));
    }

    @Test
    void theEndFollowsTheLastBytes() throws Exception {
        sender.getOutputStream().write(new byte[]{1, 2, 3});
        sender.shutdownOutput();
        assertThat(receiver.getInputStream().readNBytes(3)).containsExactly(1, 2, 3);
        assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("end");
    }

    @Test
    void aResetIsHeard() throws Exception {
        sender.setSoLinger(true, 0);
        sender.close();
        assertThat(ended.get(10, TimeUnit.SECONDS)).contains("reset");
    }

    @Test
    void whoTakesTheSocketBackHearsOfEveryByte() throws Exception {
        near.eventLoop().submit(pump::stop).get();
        assertThat(threshold()).isEqualTo(1);
    }

    private final class Ends implements SplicePump.Listener {
        @Override
        public void spliced(int bytes) {}

        @Override
        public void blocked() {}

        @Override
        public void spliceEnded() {
            ended.complete("end");
        }

        @Override
        public void inputFailing(IOException cause) {}

        @Override
        public void inputFailed(IOException cause) {
            ended.complete(cause.toString());
        }

        @Override
        public void outputFailed(IOException cause) {
            ended.completeExceptionally(cause);
        }

        @Override
        public void outOfPipes() {
            ended.completeExceptionally(new IllegalStateException("no pipe"));
        }
    }
}
