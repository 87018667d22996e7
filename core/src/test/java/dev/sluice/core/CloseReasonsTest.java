package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.ConnectFailedException.Failure;
import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.event.Level;

class CloseReasonsTest {

    private static final class StacklessClosedChannelException extends ClosedChannelException {
        private static final long serialVersionUID = 1L;
    }

    private static final class OutOfDirectMemory extends OutOfMemoryError {
        private static final long serialVersionUID = 1L;
    }

    static Stream<Arguments> table() {
        return Stream.of(Arguments.of(new IOException("Connection reset by peer"), Kind.RESET, Level.DEBUG),
                Arguments.of(new SocketException("Broken pipe"), Kind.RESET, Level.DEBUG),
                Arguments.of(new IOException("the words do not matter: timeout"), Kind.RESET, Level.DEBUG),
                Arguments.of(new ClosedChannelException(), Kind.PEER_CLOSED, Level.DEBUG),
                Arguments.of(new StacklessClosedChannelException(), Kind.PEER_CLOSED, Level.DEBUG),
                Arguments.of(new AsynchronousCloseException(), Kind.PEER_CLOSED, Level.DEBUG),
                Arguments.of(new EOFException(), Kind.PEER_CLOSED, Level.DEBUG),
                Arguments.of(new SslClosedEngineException("x"), Kind.PEER_CLOSED, Level.DEBUG),
                Arguments.of(new TlsTruncatedException(), Kind.TLS_TRUNCATED, Level.DEBUG),
                Arguments.of(new DecoderException(new TlsTruncatedException()), Kind.TLS_TRUNCATED, Level.DEBUG),
                Arguments.of(new DecoderException(new SSLHandshakeException("x")), Kind.TLS, Level.DEBUG),
                Arguments.of(new TimeoutException(), Kind.TIMEOUT, Level.DEBUG),
                Arguments.of(new SocketTimeoutException(), Kind.TIMEOUT, Level.DEBUG),
                Arguments.of(new ConnectTimeoutException(), Kind.TIMEOUT, Level.DEBUG),
                Arguments.of(ReadTimeoutException.INSTANCE, Kind.TIMEOUT, Level.DEBUG),
                Arguments.of(new CancellationException(), Kind.CANCELLED, Level.DEBUG),
                Arguments.of(new RejectedExecutionException(), Kind.SHUTDOWN, Level.DEBUG),
                Arguments.of(new ConnectException(), Kind.UNREACHABLE, Level.DEBUG),
                Arguments.of(new NoRouteToHostException(), Kind.UNREACHABLE, Level.DEBUG),
                Arguments.of(new PortUnreachableException(), Kind.UNREACHABLE, Level.DEBUG),
                Arguments.of(new UnknownHostException("a.example"), Kind.UNREACHABLE, Level.DEBUG),
                Arguments.of(new BindException(), Kind.OVERLOAD, Level.WARN),
                Arguments.of(new ProtocolException("x"), Kind.PROTOCOL, Level.DEBUG),
                Arguments.of(new TooLongFrameException(), Kind.PROTOCOL, Level.DEBUG),
                Arguments.of(new DecoderException("x"), Kind.PROTOCOL, Level.DEBUG),
                Arguments.of(new DecoderException(new CorruptedFrameException()), Kind.PROTOCOL, Level.DEBUG),
                Arguments.of(new OutOfMemoryError(), Kind.OVERLOAD, Level.WARN),
                Arguments.of(new OutOfDirectMemory(), Kind.OVERLOAD, Level.WARN),
                Arguments.of(new ExecutionException(new CompletionException(new OutOfMemoryError())), Kind.OVERLOAD, Level.WARN),
                Arguments.of(new UncheckedIOException(new IOException()), Kind.RESET, Level.DEBUG),
                Arguments.of(new ChannelException(new ConnectException()), Kind.UNREACHABLE, Level.DEBUG),
                Arguments.of(new ChannelException("x"), Kind.FAULT, Level.ERROR),
                Arguments.of(new NoSuchFileException("x"), Kind.FAULT, Level.ERROR),
                Arguments.of(new NullPointerException(), Kind.FAULT, Level.ERROR),
                Arguments.of(new DecoderException(new IllegalStateException()), Kind.FAULT, Level.ERROR),
                Arguments.of(new StackOverflowError(), Kind.FAULT, Level.ERROR),
                Arguments.of(new AssertionError(), Kind.FAULT, Level.ERROR));
    }

    @ParameterizedTest
    @MethodSource("table")
    void byType(Throwable error, Kind kind, Level level) {
        CloseReason reason = CloseReasons.classify(error);
        assertThat(reason.kind()).isEqualTo(kind);
        assertThat(reason.level()).isEqualTo(level);
        assertThat(reason.cause()).isNotNull();
    }

    @Test
    void aReasonThatIsKnownStays() {
        CloseReason reason = CloseReason.of(Kind.IDLE, Side.SELF, "2 h");
        assertThat(CloseReasons.classify(new ScopeClosedException(reason))).isEqualTo(reason);
        assertThat(CloseReasons.classify(new CompletionException(new ScopeClosedException(reason)))).isEqualTo(reason);
    }

    /** Numbers of Linux. */
    @ParameterizedTest
    @CsvSource({"24, OVERLOAD", "23, OVERLOAD", "12, OVERLOAD", "105, OVERLOAD", "99, OVERLOAD", "110, TIMEOUT",
            "101, UNREACHABLE",
            "113, UNREACHABLE", "111, UNREACHABLE", "104, RESET", "32, RESET", "103, RESET", "107, RESET", "9, FAULT"})
    void byTheNumberOfANativeError(int errno, Kind kind) {
        assumeTrue(Epoll.isAvailable());
        NativeIoException error = new NativeIoException("read", -errno);
        assertThat(CloseReasons.classify(error).kind()).isEqualTo(kind);
        assertThat(CloseReasons.classify(new ChannelException(error)).kind()).isEqualTo(kind);
    }

    @ParameterizedTest
    @EnumSource(Failure.class)
    void everyFailureToConnectHasAReason(Failure failure) {
        CloseReason reason = CloseReasons.classify(new ConnectFailedException(failure, "x", null));
        assertThat(reason.kind() == Kind.FAULT).isEqualTo(failure == Failure.INTERNAL);
    }

    @Test
    void whatAPeerSentIsNotRepeated() {
        assertThat(
                CloseReasons.classify(new DecoderException(new NotSslRecordException("not an SSL/TLS record: 70617373776f7264"))))
                .extracting(CloseReason::detail).isEqualTo("not TLS");
        CloseReason reason = CloseReasons.classify(new ProtocolException("a\r\nb" + "c".repeat(1000)));
        assertThat(reason.detail()).startsWith("a  bc").hasSize(200);
    }

    @Test
    void aPeerThatSendsNotTlsBreaksTheProtocol() {
        assertThat(CloseReasons.classify(new NotSslRecordException("x")).kind()).isEqualTo(Kind.PROTOCOL);
    }
}
