package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.mux.MuxLimits;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ServerTls;
import dev.sluice.net.Streams;
import dev.sluice.net.Transport;
import dev.sluice.testkit.ChannelPair;
import dev.sluice.testkit.StreamContract;
import dev.sluice.testkit.ThreadWatch;
import io.netty.channel.Channel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The contract over AnyTLS in TLS: each pair is a stream of the same session, its ends on two loops. One transport is enough: below
 * TLS the contract is tested over each.
 */
@ParameterizedClass
@EnumSource(value = Transport.class, names = "EPOLL")
@SuppressWarnings("NullAway.Init")
class AnyTlsStreamIT extends StreamContract {
    @RegisterExtension
    static final ThreadWatch THREADS = new ThreadWatch();

    @TempDir
    private static Path dir;

    private static ServerTls server;
    private static ClientTls client;

    @Parameter
    Transport transport;

    private @Nullable EventLoops loops;
    private @Nullable SessionPair session;
    private @Nullable Channel under;
    private final List<Channel> channels = new ArrayList<>();

    @BeforeAll
    static void makeKeys() throws Exception {
        server = ServerTls.selfSigned(dir, "contract", List.of());
        client = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(server.pin()));
    }

    @BeforeEach
    void startLoops() {
        Throwable why = EventLoops.unavailable(transport);
        Assumptions.assumeTrue(why == null, () -> transport + " does not work on this machine: " + why);
        loops = EventLoops.create(transport, 2);
    }

    @Override
    protected Ends open() throws Exception {
        if (session == null) {
            session = new SessionPair(Objects.requireNonNull(loops), server, client, ServerSessionOptions.DEFAULT,
                    MuxLimits.DEFAULT);
        }
        ChannelPair pair = session.open();
        under = pair.a();
        channels.add(pair.a());
        channels.add(pair.b());
        return new Ends(Streams.of(pair.a()), Streams.of(pair.b()));
    }

    @Override
    protected void stop() {
        channels.forEach(channel -> assertThat(channel.closeFuture().awaitUninterruptibly(5, TimeUnit.SECONDS)).isTrue());
        try {
            if (session != null) {
                session.close();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            Objects.requireNonNull(loops).close().syncUninterruptibly();
        }
    }

    @Override
    protected boolean carriesHalfClose() {
        return false;
    }

    @Override
    protected @Nullable Throwable onLoopOf(Ends ends, Runnable task) {
        return Objects.requireNonNull(under).eventLoop().submit(task).awaitUninterruptibly().cause();
    }
}
