package dev.sluice.anytls;

import dev.sluice.anytls.auth.PasswordHash;
import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.Frames;
import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ServerTls;
import dev.sluice.proxy.socks.SocksAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A server over TLS with the password {@code secret}. What it does with a stream is in the name of the target: {@code echo.test},
 * {@code refused.test}, {@code silent.test}, {@code deaf.test}: the last one is connected, and then nothing of its session is read.
 */
final class SessionServer implements AutoCloseable {
    /** What a session may have open. */
    static final int MOST_STREAMS = 128;

    final ServerTls tls;
    private final Channel listener;
    private final Scope scope;
    private final AtomicInteger sessions = new AtomicInteger();
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger updates = new AtomicInteger();
    private volatile boolean dying;
    private volatile boolean webSite;
    private volatile @Nullable String update;
    private volatile PaddingScheme scheme = PaddingScheme.DEFAULT;

    SessionServer(EventLoops loops, ServerTls tls) throws Exception {
        this.tls = tls;
        scope = Scope.root("server", loops.next());
        listener = new ServerBootstrap().group(loops.next(), loops.next()).channel(loops.serverSocket())
                .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.TCP_NODELAY, true).childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        ReadHold.install(channel, 0, null);
                        channel.eventLoop().execute(() -> accept(channel));
                    }
                }).bind("127.0.0.1", 0).sync().channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Sessions so far. */
    int sessions() {
        return sessions.get();
    }

    /** Sessions that are open now. */
    int open() {
        return open.get();
    }

    /** Streams that are open now. */
    int streams() {
        return streams.get();
    }

    /** Schemes that were sent. */
    int updates() {
        return updates.get();
    }

    /** The session that gets the next stream closes instead of answering. */
    void dieOnNextStream() {
        dying = true;
    }

    void answersAsAWebSite() {
        webSite = true;
    }

    /** Every session is sent {@code text} as its scheme. */
    void update(String text) {
        update = text;
    }

    void scheme(PaddingScheme next) {
        scheme = next;
    }

    private void accept(Channel channel) {
        Scope.Ownership ownership = scope.own(why -> channel.close());
        channel.closeFuture().addListener(f -> ownership.release());
        tls.accept(channel, Duration.ofSeconds(10)).addListener(f -> {
            if (f.isSuccess()) {
                ReadHold.release(channel, pipeline -> pipeline.addLast(new Authentication()));
                channel.read();
            }
        });
    }

    private final class Authentication extends ByteToMessageDecoder {
        private final byte[] expected = PasswordHash.of("secret");
        private boolean done;

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int start = in.readerIndex();
            if (done || in.readableBytes() < 34 || in.readableBytes() < 34 + in.getUnsignedShort(start + 32)) {
                return;
            }
            done = true;
            byte[] hash = new byte[32];
            in.readBytes(hash);
            in.skipBytes(in.readUnsignedShort());
            if (!Arrays.equals(hash, expected)) {
                in.skipBytes(in.readableBytes());
                if (webSite) {
                    ctx.writeAndFlush(Unpooled.copiedBuffer("HTTP/1.1 400 Bad Request\r\n\r\n", StandardCharsets.US_ASCII));
                } else {
                    ctx.close();
                }
                return;
            }
            ReadHold.install(ctx.channel(), 0, null);
            ctx.pipeline().remove(this);
            begin(ctx.channel());
        }
    }

    private void begin(Channel channel) {
        sessions.incrementAndGet();
        open.incrementAndGet();
        channel.closeFuture().addListener(f -> open.decrementAndGet());
        channel.pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                if (message instanceof ByteBuf bytes && bytes.isReadable()
                        && bytes.getByte(bytes.readerIndex()) == Command.UPDATE_SCHEME) {
                    updates.incrementAndGet();
                }
                ctx.write(message, promise);
            }
        });
        String odd = update;
        if (odd != null) {
            ByteBuf frame = Unpooled.buffer();
            Frames.write(frame, Command.UPDATE_SCHEME, 0, odd.getBytes(StandardCharsets.UTF_8));
            channel.writeAndFlush(frame);
        }
        AnyTlsServerSession.start(channel, scope.child("session", channel.eventLoop()),
                new ServerSessionOptions(scheme, MOST_STREAMS, Duration.ofMinutes(1)), this::stream, SessionObserver.NONE);
    }

    private void stream(AnyTlsStream stream) {
        streams.incrementAndGet();
        stream.closeFuture().addListener(f -> streams.decrementAndGet());
        ReadHold.release(stream, pipeline -> pipeline.addLast(new Target(stream)));
        stream.read();
    }

    /** Asks the socket for nothing any more. */
    private static final class Deaf extends ChannelDuplexHandler {
        @Override
        public void read(ChannelHandlerContext ctx) {}
    }

    private final class Target extends ChannelInboundHandlerAdapter {
        private final AnyTlsStream stream;
        private @Nullable SocksAddress address;
        private ByteBuf pending = Unpooled.EMPTY_BUFFER;

        private Target(AnyTlsStream stream) {
            this.stream = stream;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            ByteBuf bytes = (ByteBuf) message;
            if (address != null) {
                ctx.writeAndFlush(bytes);
                return;
            }
            pending = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), pending, bytes);
            address = SocksAddress.read(pending);
            if (address == null) {
                return;
            }
            if (dying) {
                dying = false;
                Objects.requireNonNull(stream.parent()).close();
                return;
            }
            switch (String.valueOf(address.host())) {
                case "echo.test" -> stream.established();
                case "deaf.test" -> {
                    stream.established();
                    Channel session = Objects.requireNonNull(stream.parent());
                    session.eventLoop().execute(() -> session.pipeline().addFirst(new Deaf()));
                }
                case "refused.test" -> stream.refused("nothing listens there");
                default -> {
                }
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            pending.release();
            pending = Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.read();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    @Override
    public void close() throws Exception {
        listener.close().sync();
        scope.close(CloseReason.shutdown("end of test")).get(5, TimeUnit.SECONDS);
    }
}
