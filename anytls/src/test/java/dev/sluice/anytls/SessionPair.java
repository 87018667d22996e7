package dev.sluice.anytls;

import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.anytls.session.Anomaly;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Host;
import dev.sluice.core.Scope;
import dev.sluice.mux.MuxLimits;
import dev.sluice.net.ClientTls;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.ServerTls;
import dev.sluice.net.TlsInfo;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.testkit.ChannelPair;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Two ends of one AnyTLS session over loopback, in TLS or plain. The server says yes to every stream once its address is read. */
final class SessionPair implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Host TARGET = new Host.Name("target.test");

    final AnyTlsClientSession client;
    final AnyTlsServerSession server;
    final List<Anomaly> atServer = new CopyOnWriteArrayList<>();
    final List<Anomaly> atClient = new CopyOnWriteArrayList<>();
    final List<PaddingScheme> learned = new CopyOnWriteArrayList<>();
    private final Map<Integer, CompletableFuture<Channel>> accepted = new ConcurrentHashMap<>();
    private final Scope clientScope;
    private final Scope serverScope;

    SessionPair(EventLoops loops, @Nullable ServerTls serverTls, @Nullable ClientTls clientTls, ServerSessionOptions options,
            MuxLimits limits)
            throws Exception {
        ChannelPair pair = ChannelPair.tcp(loops);
        if (serverTls != null && clientTls != null) {
            Future<TlsInfo> taken = on(pair.b(), () -> serverTls.accept(pair.b(), LIMIT));
            on(pair.a(), () -> clientTls.connect(pair.a(), "peer.test", 443, LIMIT)).sync();
            taken.sync();
        }
        clientScope = Scope.root("client", pair.a().eventLoop());
        serverScope = Scope.root("server", pair.b().eventLoop());
        Promise<AnyTlsServerSession> started = pair.b().eventLoop().newPromise();
        pair.b().eventLoop().execute(() -> {
            Runnable start = () -> started
                    .setSuccess(AnyTlsServerSession.start(pair.b(), serverScope, options, limits, this::accept, atServer::add));
            ReadHold.release(pair.b(), pipeline -> pipeline.addLast(new AuthenticationTaken(start)));
            pair.b().read();
        });
        var settings = new AnyTlsClientSession.Terms(new byte[32], PaddingScheme.DEFAULT, "test", LIMIT.toNanos(), false);
        client = on(pair.a(),
                () -> AnyTlsClientSession.start(pair.a(), clientScope, settings, new NoPool(), atClient::add));
        server = started.get(5, TimeUnit.SECONDS);
    }

    /** In plain, with the defaults. */
    static SessionPair plain(EventLoops loops) throws Exception {
        return plain(loops, MuxLimits.DEFAULT);
    }

    /** In plain. */
    static SessionPair plain(EventLoops loops, MuxLimits limits) throws Exception {
        return new SessionPair(loops, null, null, ServerSessionOptions.DEFAULT, limits);
    }

    private final class NoPool implements AnyTlsClientSession.Owner {
        @Override
        public void streamEnded(AnyTlsClientSession session) {}

        @Override
        public void sessionEnded(AnyTlsClientSession session) {}

        @Override
        public void scheme(byte[] text) {
            try {
                learned.add(PaddingScheme.parse(text));
            } catch (dev.sluice.core.ProtocolException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void version(int version) {}
    }

    static <T> T on(Channel channel, Callable<T> task) throws Exception {
        return channel.eventLoop().submit(task).get(5, TimeUnit.SECONDS);
    }

    private void accept(AnyTlsStream stream) {
        ReadHold.release(stream, pipeline -> pipeline.addLast(new AddressTaken(() -> {
            stream.established();
            accepted(stream.streamId()).complete(stream);
        })));
        stream.read();
    }

    /** Opens one stream. */
    ChannelPair open() throws Exception {
        Channel a = on(client.carrier(), () -> client.open(TARGET, 443, true)).get(20, TimeUnit.SECONDS);
        int id = ((AnyTlsStream) a).streamId();
        Channel b = accepted(id).get(20, TimeUnit.SECONDS);
        accepted.remove(id);
        return new ChannelPair(a, b);
    }

    private CompletableFuture<Channel> accepted(int id) {
        return accepted.computeIfAbsent(id, i -> new CompletableFuture<>());
    }

    @Override
    public void close() throws Exception {
        clientScope.close(CloseReason.shutdown("end of test")).get(5, TimeUnit.SECONDS);
        serverScope.closed().get(5, TimeUnit.SECONDS);
    }

    /** Reads an address, and leaves the stream with a hold. */
    private static final class AddressTaken extends ByteToMessageDecoder {
        private final Runnable then;
        private boolean done;

        private AddressTaken(Runnable then) {
            this.then = then;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            if (!done && SocksAddress.read(in) != null) {
                done = true;
                ReadHold.install(ctx.channel(), 0, null);
                ctx.pipeline().remove(this);
                then.run();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
            super.channelReadComplete(ctx);
            if (!done) {
                ctx.read();
            }
        }
    }

    /** Reads hash, length and padding, and leaves the channel with a hold. */
    private static final class AuthenticationTaken extends ByteToMessageDecoder {
        private final Runnable then;
        private boolean done;

        private AuthenticationTaken(Runnable then) {
            this.then = then;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
            int start = in.readerIndex();
            if (!done && in.readableBytes() >= 34 && in.readableBytes() >= 34 + in.getUnsignedShort(start + 32)) {
                done = true;
                in.skipBytes(34 + in.getUnsignedShort(start + 32));
                ReadHold.install(ctx.channel(), 0, null);
                ctx.pipeline().remove(this);
                then.run();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
            super.channelReadComplete(ctx);
            if (!done) {
                ctx.read();
            }
        }
    }
}
