package dev.sluice.net;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of the program over one {@link Transport}, and the channel types that go with it.
 *
 * <p>Any thread. Close it last: {@link #close} is done when every loop has ended.
 */
public final class EventLoops {
    private final Transport transport;
    private final MultiThreadIoEventLoopGroup group;
    private final List<EventLoop> loops;
    private final ConcurrentMap<Shared, Object> shared = new ConcurrentHashMap<>();

    private record Shared(EventLoop loop, Class<?> type) {}

    private EventLoops(Transport transport, MultiThreadIoEventLoopGroup group) {
        this.transport = transport;
        this.group = group;
        List<EventLoop> all = new ArrayList<>();
        for (EventExecutor loop : group) {
            all.add((EventLoop) loop);
        }
        this.loops = List.copyOf(all);
    }

    /** The default transport of this machine, epoll or else NIO, with one loop per core. */
    public static EventLoops create() {
        return create(unavailable(Transport.EPOLL) == null ? Transport.EPOLL : Transport.NIO,
                Runtime.getRuntime().availableProcessors());
    }

    /**
     * {@code threads} loops over {@code transport}.
     *
     * @throws UnsupportedOperationException where the transport does not work on this machine; the message says why
     */
    public static EventLoops create(Transport transport, int threads) {
        Throwable why = unavailable(transport);
        if (why != null) {
            throw new UnsupportedOperationException("transport " + transport + " does not work here: " + why.getMessage(), why);
        }
        IoHandlerFactory factory = switch (transport) {
            case EPOLL -> SafeEpollIoHandler.newFactory();
            case IO_URING -> IoUringIoHandler.newFactory();
            case NIO -> NioIoHandler.newFactory();
        };
        return new EventLoops(transport, new Group(threads, factory));
    }

    private static final class Group extends MultiThreadIoEventLoopGroup {

        private Group(int threads, IoHandlerFactory factory) {
            super(threads, new DefaultThreadFactory("sluice-loop", false), factory);
        }

        @Override
        protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... args) {
            return new FairEventLoop(this, executor, factory);
        }
    }

    /** Why {@code transport} does not work on this machine; null where it does. */
    public static @Nullable Throwable unavailable(Transport transport) {
        return switch (transport) {
            case EPOLL -> Epoll.unavailabilityCause();
            case IO_URING -> Uring.unavailabilityCause();
            case NIO -> null;
        };
    }

    /** What moves the bytes. */
    public Transport transport() {
        return transport;
    }

    /** The next loop, round robin. */
    public EventLoop next() {
        return group.next();
    }

    /** All loops, for state that is kept per loop. */
    public List<EventLoop> all() {
        return loops;
    }

    /** What those share who work on {@code loop}, one of each type: made when somebody first asks for it, kept while the loops are. */
    public <T> T shared(EventLoop loop, Class<T> type, Supplier<T> maker) {
        return type.cast(shared.computeIfAbsent(new Shared(loop, type), key -> maker.get()));
    }

    /** The type of a listening TCP socket. */
    public Class<? extends ServerChannel> serverSocket() {
        return switch (transport) {
            case EPOLL -> EpollServerSocketChannel.class;
            case IO_URING -> IoUringServerSocketChannel.class;
            case NIO -> NioServerSocketChannel.class;
        };
    }

    /** The type of a TCP socket. */
    public Class<? extends SocketChannel> socket() {
        return switch (transport) {
            case EPOLL -> EpollSocketChannel.class;
            case IO_URING -> IoUringSocketChannel.class;
            case NIO -> NioSocketChannel.class;
        };
    }

    /** The type of a UDP socket. */
    public Class<? extends DatagramChannel> datagram() {
        return switch (transport) {
            case EPOLL -> EpollDatagramChannel.class;
            case IO_URING -> IoUringDatagramChannel.class;
            case NIO -> NioDatagramChannel.class;
        };
    }

    /** Ends all loops; done when their threads have ended. */
    public Future<?> close() {
        return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
}
