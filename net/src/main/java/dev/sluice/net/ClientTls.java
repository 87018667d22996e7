package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS towards servers: TLS 1.2 and 1.3, verification on by default, sessions resumed. Immutable, shared by all loops.
 */
public final class ClientTls {
    private final TlsContext context;
    private final @Nullable String serverName;

    private ClientTls(TlsContext context, @Nullable String serverName) {
        this.context = context;
        this.serverName = serverName;
    }

    /**
     * Reads the files that {@code options} name.
     *
     * @throws TlsConfigException where one cannot be used
     */
    public static ClientTls create(ClientTlsOptions options) throws TlsConfigException {
        String name = options.serverName();
        if (name != null && !isAddress(name)) {
            try {
                new SNIHostName(name);
            } catch (IllegalArgumentException e) {
                throw new TlsConfigException("\"" + name + "\" cannot be sent as a server name: " + e.getMessage(), e);
            }
        }
        SslContextBuilder builder = SslContextBuilder.forClient();
        Path ca = options.ca();
        if (options.pin() != null || options.insecure()) {
            builder.trustManager(new PinTrustManager(options.pin())).endpointIdentificationAlgorithm(null);
        } else {
            builder.endpointIdentificationAlgorithm("HTTPS");
            if (ca != null) {
                builder.trustManager(systemAnd(ca));
            }
        }
        Path certificate = options.certificate();
        Path key = options.key();
        if (certificate != null && key != null) {
            OwnCertificate own = OwnCertificate.read(certificate, key);
            builder.keyManager(own.key(), own.chain());
        }
        try {
            return new ClientTls(TlsContext.build(builder, options.alpn()), name);
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsConfigException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /**
     * Looks whether the file can serve as authorities. Blocking.
     *
     * @throws TlsConfigException where it cannot
     */
    public static void checkAuthorities(Path file) throws TlsConfigException {
        PemFiles.certificates(file);
    }

    /** One trust store for both, so that there is one verdict and one message. */
    private static TrustManagerFactory systemAnd(Path ca) throws TlsConfigException {
        List<X509Certificate> further = PemFiles.certificates(ca);
        try {
            TrustManagerFactory system = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            system.init((KeyStore) null);
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (var manager : system.getTrustManagers()) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate authority : x509.getAcceptedIssuers()) {
                        store.setCertificateEntry("system-" + number++, authority);
                    }
                }
            }
            for (X509Certificate authority : further) {
                store.setCertificateEntry("file-" + number++, authority);
            }
            TrustManagerFactory both = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            both.init(store);
            return both;
        } catch (GeneralSecurityException | IOException e) {
            throw new TlsConfigException(ca + " cannot be used as an authority: " + e.getMessage(), e);
        }
    }

    /**
     * Takes a connected stream over from its {@link ReadHold}, puts TLS on it and shakes hands. Afterwards the channel has
     * auto-read off and a fresh {@link ReadHold} above TLS. On the channel's loop.
     *
     * @param host whom we mean to reach, a name or an address: checked against the certificate, and sent as SNI where it is a name
     * @param port part of the key under which sessions are kept for resumption
     * @param limit a handshake that takes longer fails
     * @return fails with an {@link SSLException}, and closes the channel then
     */
    public Future<TlsInfo> connect(Channel channel, String host, int port, Duration limit) {
        return TlsHandshake.start(channel, newHandler(channel, host, port), limit);
    }

    /** The handler of one connection, for those who build the pipeline themselves. */
    SslHandler newHandler(Channel channel, String host, int port) {
        String name = peerName(serverName != null ? serverName : host);
        SslHandler handler = context.newHandler(channel, name, port);
        if (name.indexOf('.') < 0 && !isAddress(name)) {
            // Netty sends no SNI for names without a dot; servers of a LAN have such names.
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(name)));
            handler.engine().setSSLParameters(parameters);
        }
        return handler;
    }

    /** Without a trailing dot, brackets or zone: certificates name none of them. */
    private static String peerName(String host) {
        String name = host;
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        int zone = name.indexOf('%');
        if (zone > 0) {
            name = name.substring(0, zone);
        }
        return name.length() > 1 && name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static boolean isAddress(String name) {
        return NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name);
    }
}
