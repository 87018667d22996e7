package dev.sluice.rudp;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.net.StreamChannel;
import dev.sluice.net.Streams;
import dev.sluice.net.Transport;
import dev.sluice.stream.Stream;
import dev.sluice.testkit.StreamContract;
import dev.sluice.testkit.ThreadWatch;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A stream of reliable UDP behaves as every other stream does, on each transport: with segmentation offload and without. */
@ParameterizedClass
@EnumSource(Transport.class)
class RudpStreamIT extends StreamContract {
    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @Parameter
    @SuppressWarnings("NullAway.Init")
    Transport transport;

    private @Nullable EventLoops loops;
    private @Nullable Scope serverScope;
    private @Nullable Scope clientScope;
    private @Nullable EventLoop loopOfA;

    @BeforeEach
    void startLoops() {
        Throwable why = EventLoops.unavailable(transport);
        Assumptions.assumeTrue(why == null, () -> transport + " does not work on this machine: " + why);
        EventLoops all = EventLoops.create(transport, 2);
        loops = all;
        serverScope = Scope.root("server", all.all().get(0));
        clientScope = Scope.root("client", all.all().get(1));
    }

    @Override
    protected void stop() {
        for (@Nullable
        Scope scope : new @Nullable Scope[]{clientScope, serverScope}) {
            if (scope != null) {
                scope.close(CloseReason.shutdown("test")).awaitUninterruptibly(10, TimeUnit.SECONDS);
            }
        }
        if (loops != null) {
            loops.close().syncUninterruptibly();
        }
    }

    @Override
    protected Ends open() throws Exception {
        EventLoops all = Objects.requireNonNull(loops);
        CompletableFuture<StreamChannel> accepted = new CompletableFuture<>();
        RudpConfig config = RudpConfig.builder().build();
        RudpServer server = RudpServer.bind(all, Objects.requireNonNull(serverScope),
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), config,
                connection -> connection.onChannel(accepted::complete)).get(10, TimeUnit.SECONDS);
        RudpConnection client = RudpClient
                .connect(all, Objects.requireNonNull(clientScope), server.address(), config).get(10, TimeUnit.SECONDS);
        Stream a = Streams.of(client.openChannel().get(10, TimeUnit.SECONDS));
        loopOfA = client.loop();
        Stream b = Streams.of(accepted.get(10, TimeUnit.SECONDS));
        return new Ends(a, b);
    }

    @Override
    protected boolean carriesHalfClose() {
        return true;
    }

    @Override
    protected @Nullable Throwable onLoopOf(Ends ends, Runnable task) {
        return Objects.requireNonNull(loopOfA).submit(task).awaitUninterruptibly().cause();
    }
}
