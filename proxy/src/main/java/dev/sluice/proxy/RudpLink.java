package dev.sluice.proxy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Connection;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ReadHold;
import dev.sluice.net.StreamChannel;
import dev.sluice.proxy.rudp.RudpRequest;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.rudp.RudpClient;
import dev.sluice.rudp.RudpConfig;
import dev.sluice.rudp.RudpConnection;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one outbound on one loop: made with the first stream, kept, and made anew when it is lost. A stream that a lost
 * connection took along before the server answered is opened once more on the next one.
 *
 * <p>Belongs to its loop.
 */
final class RudpLink {
    private final String name;
    private final RudpOutbound.Server server;
    private final EventLoops loops;
    private final Scope scope;
    private final Duration answer;
    private @Nullable Future<RudpFlows> current;
    private int streams;
    private boolean retired;

    RudpLink(String name, RudpOutbound.Server server, EventLoops loops, Scope scope, Duration answer) {
        this.name = name;
        this.server = server;
        this.loops = loops;
        this.scope = scope;
        this.answer = answer;
    }

    /** Makes of an answered stream what was asked for. */
    interface Result<T> {
        T of(StreamChannel stream, RudpFlows flows, RudpRequest request);
    }

    /** Opens a stream, asks, and waits for the answer. */
    <T> void stream(Connection connection, Function<RudpFlows, RudpRequest> request, Result<T> result, Promise<T> promise) {
        open(connection, request, result, promise, true);
    }

    private <T> void open(Connection connection, Function<RudpFlows, RudpRequest> request, Result<T> result, Promise<T> promise,
            boolean again) {
        boolean reused = again && isUp();
        connected().addListener((Future<RudpFlows> f) -> {
            if (!f.isSuccess()) {
                promise.tryFailure(failure(f.cause()));
            } else if (!promise.isDone() && connection.scope().isOpen()) {
                ask(f.getNow(), connection, request, result, promise, reused);
            } else {
                promise.cancel(false);
            }
        });
    }

    private <T> void ask(RudpFlows flows, Connection connection, Function<RudpFlows, RudpRequest> request, Result<T> result,
            Promise<T> promise, boolean reused) {
        flows.connection().openChannel().addListener((Future<StreamChannel> f) -> {
            if (!f.isSuccess()) {
                failed(flows, connection, request, result, promise, reused, f.cause());
                return;
            }
            StreamChannel stream = f.getNow();
            streams++;
            stream.closeFuture().addListener(c -> left());
            RudpRequest asked = request.apply(flows);
            Scope.Ownership ownership = connection.scope().own(why -> stream.close());
            Promise<StreamChannel> answered = stream.eventLoop().newPromise();
            RudpAnswerReader.read(stream, connection.destination() + " by the rudp server of " + name, answered);
            ByteBuf bytes = stream.alloc().ioBuffer(asked.length());
            asked.write(bytes);
            stream.writeAndFlush(bytes);
            Future<?> late = stream.eventLoop().schedule(() -> {
                answered.tryFailure(new ConnectFailedException(Failure.TIMEOUT, "no answer within " + answer, null));
            }, answer.toNanos(), TimeUnit.NANOSECONDS);
            promise.addListener(p -> {
                if (p.isCancelled()) {
                    stream.close();
                }
            });
            answered.addListener((Future<StreamChannel> a) -> {
                late.cancel(false);
                ownership.release();
                if (a.isSuccess() && connection.scope().isOpen() && promise.setUncancellable()) {
                    ReadHold hold = stream.pipeline().get(ReadHold.class);
                    if (hold != null) {
                        hold.ownedBy(connection.scope());
                    }
                    promise.trySuccess(result.of(stream, flows, asked));
                } else {
                    stream.close();
                    if (!a.isSuccess()) {
                        failed(flows, connection, request, result, promise, reused, a.cause());
                    } else {
                        promise.cancel(false);
                    }
                }
            });
        });
    }

    private <T> void failed(RudpFlows flows, Connection connection, Function<RudpFlows, RudpRequest> request, Result<T> result,
            Promise<T> promise, boolean reused, Throwable cause) {
        if (reused && !flows.connection().isOpen() && connection.scope().isOpen() && !promise.isDone()) {
            open(connection, request, result, promise, false);
        } else {
            promise.tryFailure(failure(cause));
        }
    }

    private ConnectFailedException failure(Throwable cause) {
        return cause instanceof ConnectFailedException c
                ? c
                : RudpOutbound.lost(name, CloseReasons.classify(cause).by(Side.TARGET));
    }

    /** Opens a packet flow. */
    void flow(Connection connection, Promise<PacketChannel> promise) {
        stream(connection, flows -> RudpRequest.associate(flows.number(), SocksAddress.of(connection.destination())),
                (stream, flows, request) -> RudpFlow.over(stream, flows, request.flow(), connection.policy()), promise);
    }

    private boolean isUp() {
        Future<RudpFlows> now = current;
        return now != null && now.isSuccess() && now.getNow().connection().isOpen();
    }

    /** The connection, made where there is none; those who come while it is made wait for the same one. */
    private Future<RudpFlows> connected() {
        Future<RudpFlows> now = current;
        if (now != null && (!now.isDone() || isUp())) {
            return now;
        }
        Promise<RudpFlows> next = ((EventLoop) scope.executor()).newPromise();
        current = next;
        server.address((EventLoop) scope.executor()).addListener((Future<InetSocketAddress> f) -> {
            if (f.isSuccess()) {
                dial(f.getNow(), next);
            } else {
                next.tryFailure(new ConnectFailedException(Failure.NAME_NOT_RESOLVED,
                        "rudp server of " + name + ": " + f.cause().getMessage(), f.cause()));
            }
        });
        return next;
    }

    private void dial(InetSocketAddress address, Promise<RudpFlows> next) {
        RudpConfig config = server.config();
        RudpClient.connect(loops, scope, address, config).addListener((Future<RudpConnection> f) -> {
            if (!f.isSuccess()) {
                next.tryFailure(failure(f.cause()));
                return;
            }
            PublicKey key = f.getNow().peerKey();
            if (config.serverKey() == null && key != null) {
                server.learned(key);
            }
            next.trySuccess(new RudpFlows(f.getNow()));
        });
    }

    /** No new streams; the connection goes with its last one. */
    void retire() {
        retired = true;
        leaveIfUnused();
    }

    private void left() {
        streams--;
        leaveIfUnused();
    }

    private void leaveIfUnused() {
        if (retired && streams == 0) {
            scope.close(CloseReason.shutdown("configuration replaced"));
        }
    }
}
