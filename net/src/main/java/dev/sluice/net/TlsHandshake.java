package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;

/** Puts TLS on a stream and shakes hands, on either side. On the channel's loop. */
final class TlsHandshake {
    private TlsHandshake() {}

    static Future<TlsInfo> start(Channel channel, SslHandler tls, Duration limit) {
        tls.setHandshakeTimeoutMillis(Math.max(1, limit.toMillis()));
        Promise<TlsInfo> promise = channel.eventLoop().newPromise();
        if (!channel.isActive()) {
            promise.setFailure(failure(new ClosedChannelException()));
            ReadHold.release(channel, pipeline -> {});
            return promise;
        }
        tls.handshakeFuture().addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                promise.trySuccess(info(tls));
            } else {
                promise.tryFailure(failure(done.cause()));
                channel.close();
            }
        });
        ReadHold.release(channel, pipeline -> {
            pipeline.addLast(tls, new TlsStreamEnd(tls));
            ReadHold.install(channel, 0, null);
        });
        channel.read(); // where auto-read is off, nobody else asks for the peer's first record
        return promise;
    }

    private static TlsInfo info(SslHandler tls) {
        SSLSession session = tls.engine().getSession();
        return new TlsInfo(session.getProtocol(), session.getCipherSuite(), tls.applicationProtocol());
    }

    private static SSLException failure(Throwable cause) {
        Throwable e = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        return switch (e) {
            case SSLException tls -> tls;
            case ClosedChannelException closed -> new SSLHandshakeException("the peer closed during the TLS handshake", closed);
            default -> new SSLHandshakeException("the TLS handshake failed: " + e.getMessage(), e);
        };
    }
}
