package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ConnectFailedException.Failure;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

class ConnectErrorsTest {
    private static Throwable annotated(IOException cause) { // as Netty's AnnotatedNoRouteToHostException
        return new NoRouteToHostException("null: /203.0.113.1:80").initCause(cause);
    }

    @Test
    void readsTypesAndNumbers() {
        assertThat(ConnectErrors.classify(new ConnectException("Connection refused: /203.0.113.1:80"), false))
                .isEqualTo(Failure.REFUSED);
        assertThat(ConnectErrors.classify(new ConnectException("finishConnect(..) failed with error(-111): Connection refused"),
                false)).isEqualTo(Failure.REFUSED);
        assertThat(ConnectErrors.classify(new ConnectException("connect(..) failed with error(-99): Cannot assign"), true))
                .isEqualTo(Failure.LIMIT);
        assertThat(ConnectErrors.classify(new ConnectException("finishConnect(..) failed with error(-110): timed out"), false))
                .isEqualTo(Failure.TIMEOUT);
        assertThat(ConnectErrors.classify(new BindException("Cannot assign requested address"), true)).isEqualTo(Failure.LIMIT);
        assertThat(ConnectErrors.classify(new SocketException("Network is unreachable"), true))
                .isEqualTo(Failure.NETWORK_UNREACHABLE);
        assertThat(ConnectErrors.classify(new IllegalStateException("ours"), false)).isEqualTo(Failure.INTERNAL);
    }

    @Test
    void readsNativeErrorNumbers() {
        Transports.assumeAvailable(Transport.EPOLL); // and loads the library: without it Netty's class would break for good
        assertThat(ConnectErrors.classify(new ChannelException("no channel", Errors.newIOException("socket", -24)), false))
                .isEqualTo(Failure.LIMIT);
    }

    @Test
    void tellsAnUnreachableNetworkByTheCallItself() {
        assertThat(ConnectErrors.classify(annotated(new NoRouteToHostException()), true)).isEqualTo(Failure.NETWORK_UNREACHABLE);
        assertThat(ConnectErrors.classify(annotated(new NoRouteToHostException()), false)).isEqualTo(Failure.HOST_UNREACHABLE);
        assertThat(ConnectErrors.classify(annotated(new NoRouteToHostException("No route to host")), true))
                .isEqualTo(Failure.HOST_UNREACHABLE);
    }
}
