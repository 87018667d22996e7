package dev.sluice.testkit;

import dev.sluice.core.CloseReason;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.EventLoops;
import dev.sluice.net.ServerTls;
import dev.sluice.net.TlsInfo;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** TLS over TCP, with a pinned certificate of its own. */
@SuppressWarnings("NullAway.Init")
abstract class TlsCarriers extends StreamCarriers {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @TempDir
    private static Path dir;

    private static ServerTls server;
    private static ClientTls client;

    @BeforeAll
    static void makeKeys() throws Exception {
        server = ServerTls.selfSigned(dir, "contract", List.of());
        client = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(server.pin()));
    }

    @Override
    ChannelPair channels(EventLoops on) throws Exception {
        ChannelPair pair = ChannelPair.tcp(on);
        Future<TlsInfo> accepted = onLoop(pair.b(), () -> server.accept(pair.b(), LIMIT));
        onLoop(pair.a(), () -> client.connect(pair.a(), "peer.test", 443, LIMIT)).sync();
        accepted.sync();
        return pair;
    }

    private static Future<TlsInfo> onLoop(Channel channel, Callable<Future<TlsInfo>> task) {
        return channel.eventLoop().submit(task).syncUninterruptibly().getNow();
    }

    @Override
    protected boolean carriesHalfClose() {
        return false;
    }

    /**
     * The RST reaches the socket's reader or its writer, whoever looks first. Where it is the writer, the reader sees the socket end
     * without close_notify: an error, too, and never a clean end.
     */
    @Override
    protected Set<CloseReason.Kind> resets() {
        return Set.of(CloseReason.Kind.RESET, CloseReason.Kind.TLS_TRUNCATED);
    }
}
