package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventLoopsTest {

    /** With a second between two looks at its sockets, this would take minutes. */
    @ParameterizedTest
    @EnumSource(Transport.class)
    void tasksWithoutEndDoNotKeepALoopFromItsSockets(Transport transport) throws Exception {
        Throwable why = EventLoops.unavailable(transport);
        Assumptions.assumeTrue(why == null, () -> transport + " does not work on this machine: " + why);
        EventLoops loops = EventLoops.create(transport, 1);
        EventLoop loop = loops.next();
        AtomicBoolean done = new AtomicBoolean();
        Channel listener = new ServerBootstrap().group(loop, loop).channel(loops.serverSocket())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                ctx.writeAndFlush(message);
                            }
                        });
                    }
                }).bind("127.0.0.1", 0).sync().channel();
        loop.execute(new Runnable() {
            @Override
            public void run() {
                if (!done.get()) {
                    loop.execute(this);
                }
            }
        });
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(),
                ((InetSocketAddress) listener.localAddress()).getPort())) {
            OutputStream out = socket.getOutputStream();
            for (int i = 0; i < 200; i++) {
                out.write(i);
                assertThat(socket.getInputStream().read()).isEqualTo(i);
            }
        } finally {
            done.set(true);
            loops.close().syncUninterruptibly();
        }
    }
}
