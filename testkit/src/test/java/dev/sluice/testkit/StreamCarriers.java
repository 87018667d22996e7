package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.EventLoops;
import dev.sluice.net.Streams;
import dev.sluice.net.Transport;
import dev.sluice.stream.Stream;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

/** The contract over one transport: what TCP, TLS and the pair in memory have in common. */
abstract class StreamCarriers extends StreamContract {
    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @Parameter
    @SuppressWarnings("NullAway.Init")
    Transport transport;

    private @Nullable EventLoops loops;
    private @Nullable Channel under;
    private final List<Channel> channels = new ArrayList<>();

    @BeforeEach
    void startLoops() {
        Throwable why = EventLoops.unavailable(transport);
        Assumptions.assumeTrue(why == null, () -> transport + " does not work on this machine: " + why);
        loops = EventLoops.create(transport, 2);
    }

    /** The loops end last: a closed stream still sends what it has accepted, and listens a little longer. */
    @Override
    protected void stop() {
        List<Channel> left = new ArrayList<>(channels);
        left.removeIf(channel -> channel.closeFuture().awaitUninterruptibly(5, TimeUnit.SECONDS));
        channels.clear();
        if (loops != null) {
            loops.close().syncUninterruptibly(); // also where one is left: a failure must not spoil the tests that follow
        }
        assertThat(left).as("channels that are not closed").isEmpty();
    }

    abstract ChannelPair channels(EventLoops on) throws Exception;

    @Override
    protected Ends open() throws Exception {
        ChannelPair pair = channels(Objects.requireNonNull(loops));
        under = pair.a();
        channels.add(pair.a());
        channels.add(pair.b());
        Stream a = Streams.of(pair.a());
        Stream b = Streams.of(pair.b());
        return new Ends(a, b);
    }

    @Override
    protected @Nullable Throwable onLoopOf(Ends ends, Runnable task) {
        return Objects.requireNonNull(under).eventLoop().submit(task).awaitUninterruptibly().cause();
    }
}
