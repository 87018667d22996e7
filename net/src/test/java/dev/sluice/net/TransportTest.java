package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The traps of the transports, each pinned down: what a proxy does all day and a server hardly ever. Over every transport of this
 * machine.
 */
@ParameterizedClass
@EnumSource(Transport.class)
class TransportTest {
    private static final String REQUEST = "GET / HTTP/1.0\r\nHost: example\r\n\r\n";

    private final Transport transport;
    private final EventLoops loops;
    private final Scope server;

    TransportTest(Transport transport) {
        Transports.assumeAvailable(transport);
        this.transport = transport;
        loops = EventLoops.create(transport, 2);
        server = Scope.root("server", loops.next());
    }

    @AfterEach
    void close() {
        server.close(CloseReason.shutdown("test")).awaitUninterruptibly(5, TimeUnit.SECONDS);
        assertThat(server.closed().isDone()).isTrue();
        loops.close();
    }

    private InetSocketAddress listen(Listener.Handler handler) throws Exception {
        return Listener.bind(loops, new OwnAddresses(), server, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                handler).get(5, TimeUnit.SECONDS).address();
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(5000);
        return socket;
    }

    /** Sends back what comes, and ends its output when the input has ended. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                Finish.finish(ctx.channel()).addListener(f -> ctx.close());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    /** Holds a client as long as a dial would take, then hands it to the successor. */
    private static void takeOverLater(Channel channel, int limit) {
        ReadHold.install(channel, limit, null);
        channel.eventLoop().schedule(() -> ReadHold.release(channel, pipeline -> pipeline.addLast(new Echo())),
                ThreadLocalRandom.current().nextInt(3_000), TimeUnit.MICROSECONDS);
    }

    private static String exchange(InetSocketAddress address) throws IOException {
        try (Socket socket = connect(address)) {
            socket.setSoTimeout(1_000);
            socket.getOutputStream().write(REQUEST.getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_536})
    void aTinyRequestWithFinBeforeTheTargetIsConnected(int limit) throws Exception {
        InetSocketAddress address = listen((channel, scope) -> takeOverLater(channel, limit));
        for (int i = 0; i < 200; i++) {
            assertThat(exchange(address)).as("%s, repetition %d", transport, i).isEqualTo(REQUEST);
        }
    }

    /** Why {@link SafeEpollIoHandler} exists. When this test fails, Netty has been cured and it can go. */
    @Test
    void nettysOwnEpollHandlerLosesSuchConnections() throws Exception {
        if (transport != Transport.EPOLL) {
            return;
        }
        MultiThreadIoEventLoopGroup plain = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            Channel listening = new ServerBootstrap().group(plain).channel(EpollServerSocketChannel.class)
                    .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            takeOverLater(channel, 0);
                        }
                    }).bind(InetAddress.getLoopbackAddress(), 0).sync().channel();
            int lost = 0;
            for (int i = 0; i < 50 && lost == 0; i++) {
                try {
                    lost += exchange((InetSocketAddress) listening.localAddress()).equals(REQUEST) ? 0 : 1;
                } catch (IOException e) {
                    lost++;
                }
            }
            assertThat(lost).isPositive();
        } finally {
            plain.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    @Test
    void theClientEndsFirstAndStillHearsTheServer() throws Exception {
        byte[] answer = new byte[1 << 20];
        InetSocketAddress address = listen((channel, scope) -> {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ((ByteBuf) message).release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    if (event instanceof ChannelInputShutdownEvent) {
                        ctx.executor().schedule(() -> {
                            ctx.writeAndFlush(Unpooled.wrappedBuffer(answer));
                            Finish.finish(ctx.channel());
                        }, 20, TimeUnit.MILLISECONDS);
                    }
                }
            });
            channel.config().setAutoRead(true);
        });
        try (Socket socket = connect(address)) {
            socket.getOutputStream().write(1);
            socket.shutdownOutput();
            assertThat(socket.getInputStream().readAllBytes()).hasSize(answer.length);
        }
    }

    @Test
    void theServerEndsFirstAndStillHearsTheClient() throws Exception {
        Queue<Integer> received = new ConcurrentLinkedQueue<>();
        CountDownLatch ended = new CountDownLatch(1);
        InetSocketAddress address = listen((channel, scope) -> {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    received.add(((ByteBuf) message).readableBytes());
                    ((ByteBuf) message).release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    if (event instanceof ChannelInputShutdownReadComplete) {
                        ended.countDown();
                    }
                }
            });
            channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[]{1}));
            Finish.finish(channel).addListener(f -> channel.config().setAutoRead(true));
        });
        try (Socket socket = connect(address)) {
            assertThat(socket.getInputStream().readAllBytes()).hasSize(1);
            socket.getOutputStream().write(new byte[500_000]);
            socket.shutdownOutput();
            assertThat(ended.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(received.stream().mapToInt(Integer::intValue).sum()).isEqualTo(500_000);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65_536})
    void aResetIsSeenAsAReset(int limit) throws Exception {
        Queue<Object> seen = new ConcurrentLinkedQueue<>();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        List<Channel> channels = new ArrayList<>();
        InetSocketAddress address = listen((channel, scope) -> {
            channels.add(channel);
            ReadHold.install(channel, limit, null);
            held.countDown();
        });
        try (Socket socket = connect(address)) {
            assertThat(held.await(5, TimeUnit.SECONDS)).isTrue();
            socket.setSoLinger(true, 0);
        }
        Channel channel = channels.getFirst();
        channel.eventLoop().schedule(() -> {
            ReadHold.release(channel, pipeline -> pipeline.addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    seen.add(cause);
                    gone.countDown();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    seen.add(event);
                }

                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                    seen.add("inactive");
                    gone.countDown();
                }
            }));
            channel.read();
        }, 20, TimeUnit.MILLISECONDS);
        assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(seen.peek()).as("%s: %s", transport, seen).isInstanceOf(IOException.class);
    }

    @Test
    void smallWritesAreNotHeldBackAndDeadPeersAreFound() throws Exception {
        CompletableFuture<Channel> accepted = new CompletableFuture<>();
        InetSocketAddress address = listen((channel, scope) -> accepted.complete(channel));
        try (Socket socket = connect(address)) {
            Channel channel = accepted.get(5, TimeUnit.SECONDS);
            assertThat(channel.config().getOption(ChannelOption.TCP_NODELAY)).as("%s", transport).isTrue();
            assertThat(channel.config().getOption(ChannelOption.SO_KEEPALIVE)).as("%s", transport).isTrue();
        }
    }

    @Test
    void shutdownOutputLosesWhatFinishKeeps() throws Exception {
        byte[] large = new byte[16 << 20];
        CountDownLatch shut = new CountDownLatch(1);
        InetSocketAddress careless = listen((channel, scope) -> {
            channel.writeAndFlush(Unpooled.wrappedBuffer(large));
            ((DuplexChannel) channel).shutdownOutput().addListener(f -> shut.countDown());
        });
        try (Socket socket = connect(careless)) {
            assertThat(shut.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(drain(socket)).isLessThan(large.length);
        }
        InetSocketAddress careful = listen((channel, scope) -> {
            channel.writeAndFlush(Unpooled.wrappedBuffer(large));
            Finish.finish(channel);
        });
        try (Socket socket = connect(careful)) {
            assertThat(drain(socket)).isEqualTo(large.length);
        }
    }

    private static long drain(Socket socket) throws IOException {
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        try {
            for (int n = socket.getInputStream().read(buffer); n >= 0; n = socket.getInputStream().read(buffer)) {
                total += n;
            }
        } catch (IOException e) {
            // cut off: that is what is measured
        }
        return total;
    }

    @Test
    void nothingIsReadBeforeSomebodyAsks() throws Exception {
        List<Channel> channels = new ArrayList<>();
        CountDownLatch accepted = new CountDownLatch(1);
        InetSocketAddress address = listen((channel, scope) -> {
            ReadHold.install(channel, 0, null);
            channels.add(channel);
            accepted.countDown();
        });
        try (Socket socket = connect(address)) {
            socket.getOutputStream().write("early".getBytes(StandardCharsets.US_ASCII));
            assertThat(accepted.await(5, TimeUnit.SECONDS)).isTrue();
            Channel channel = channels.getFirst();
            for (int i = 0; i < 5; i++) {
                assertThat(channel.eventLoop().submit(() -> ReadHold.of(channel).held()).get()).isZero();
            }
            channel.eventLoop().submit(() -> {
                ReadHold.release(channel, pipeline -> pipeline.addLast(new Echo()));
            }).get();
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("early");
        }
        await().until(() -> !channels.getFirst().isOpen());
    }
}
