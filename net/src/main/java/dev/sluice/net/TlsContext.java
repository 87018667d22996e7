package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * A TLS context on BoringSSL, or on the JDK where that is missing: TLS 1.2 and 1.3. Its native memory is freed when nobody refers to
 * it any more and the last connection has ended, so that a context can be replaced while handshakes begin on other loops. Any thread.
 */
final class TlsContext {
    private static final Cleaner CLEANER = Cleaner.create();

    private final SslContext context;

    private TlsContext(SslContext context) {
        this.context = context;
        CLEANER.register(this, new Release(context));
    }

    private record Release(SslContext context) implements Runnable {
        @Override
        public void run() {
            ReferenceCountUtil.release(context);
        }
    }

    static TlsContext build(SslContextBuilder builder, List<String> alpn) throws SSLException {
        builder.sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK).protocols("TLSv1.3", "TLSv1.2");
        if (!alpn.isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(Protocol.ALPN, SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT, alpn));
        }
        return new TlsContext(builder.build());
    }

    SslHandler newHandler(Channel channel) {
        try {
            return context.newHandler(channel.alloc());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    SslHandler newHandler(Channel channel, String peerHost, int peerPort) {
        try {
            return context.newHandler(channel.alloc(), peerHost, peerPort);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
