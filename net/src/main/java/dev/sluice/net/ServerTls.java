package dev.sluice.net;

import dev.sluice.core.Scope;
import io.netty.channel.Channel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS for listeners: TLS 1.2 and 1.3 with a certificate from files, which is taken anew when they change, or with a self-signed
 * one that is made once and kept; clients may have to show a certificate, too.
 *
 * <p>Any thread: what handshakes use is one snapshot, swapped whole. The files are looked at by one virtual thread at a time.
 */
public final class ServerTls {
    private static final Logger log = LoggerFactory.getLogger(ServerTls.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Path chainFile;
    private final Path keyFile;
    private final ServerTlsOptions options;
    private final AtomicReference<Snapshot> current;
    private final AtomicBoolean looking = new AtomicBoolean();

    // Touched only by who holds `looking`.
    private Stamps loaded;
    private @Nullable Stamps changed;

    private record Snapshot(TlsContext context, CertificatePin pin) {}

    /** How the files look; equal stamps mean equal files. A missing file has none. */
    private record Stamps(@Nullable Stamp chain, @Nullable Stamp key, @Nullable Stamp clientCa) {}

    private record Stamp(FileTime modified, long size, @Nullable Object identity) {}

    private ServerTls(Path chainFile, Path keyFile, ServerTlsOptions options) throws TlsConfigException {
        this.chainFile = chainFile;
        this.keyFile = keyFile;
        this.options = options;
        this.loaded = stamps(); // before reading: a change in between is seen again, not missed
        this.current = new AtomicReference<>(load(chainFile, keyFile, options));
    }

    /**
     * A certificate with its chain and its private key, PEM; both may be one file.
     *
     * @throws TlsConfigException where a file cannot be used, or the two do not belong together
     */
    public static ServerTls fromFiles(Path chain, Path key, ServerTlsOptions options) throws TlsConfigException {
        return new ServerTls(chain, key, options);
    }

    /**
     * As {@link #fromFiles(Path, Path, ServerTlsOptions)}, for clients without certificates.
     *
     * @param alpn the application protocols that are understood, best first; may be empty
     */
    public static ServerTls fromFiles(Path chain, Path key, List<String> alpn) throws TlsConfigException {
        return new ServerTls(chain, key, new ServerTlsOptions(alpn, null));
    }

    /**
     * Looks whether {@link #fromFiles} could use the files. Blocking.
     *
     * @throws TlsConfigException where the chain cannot be used
     */
    public static void checkChain(Path chain) throws TlsConfigException {
        PemFiles.certificates(chain);
    }

    /**
     * The same for the key beside a chain that can be used.
     *
     * @throws TlsConfigException where the key cannot be used, or is another certificate's
     */
    public static void checkKey(Path chain, Path key) throws TlsConfigException {
        OwnCertificate.read(chain, key);
    }

    /**
     * An ECDSA P-256 key and a self-signed certificate, kept together in {@code directory} (made where it is missing, for its owner
     * only) as {@code name.pem} (0600); made when that is missing. Clients {@linkplain #pin() pin} it.
     *
     * @throws TlsConfigException where they can be neither read nor written
     */
    public static ServerTls selfSigned(Path directory, String name, ServerTlsOptions options) throws TlsConfigException {
        Path file = SelfSigned.keep(directory, name);
        return new ServerTls(file, file, options);
    }

    /** As {@link #selfSigned(Path, String, ServerTlsOptions)}, for clients without certificates. */
    public static ServerTls selfSigned(Path directory, String name, List<String> alpn) throws TlsConfigException {
        return selfSigned(directory, name, new ServerTlsOptions(alpn, null));
    }

    /** What a client pins: the leaf certificate in use now. */
    public CertificatePin pin() {
        return current.get().pin;
    }

    /**
     * Looks every second whether the files have changed, until {@code scope} closes. New handshakes get the new certificate; a
     * broken one is warned of once, and the old one stays.
     */
    public void reloadWithin(Scope scope) {
        reloadWithin(scope, LOOK);
    }

    void reloadWithin(Scope scope, Duration every) {
        var task = scope.executor().scheduleWithFixedDelay(() -> Thread.ofVirtual().name("sluice-tls-reload").start(this::look),
                every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
        scope.own(why -> {
            task.cancel(false);
            return null;
        });
    }

    /**
     * A change is taken only when two looks in a row see the same: chain and key are two files, and are rarely replaced at the
     * same instant.
     */
    private void look() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        try {
            Stamps now = stamps();
            if (now.equals(loaded)) {
                changed = null;
            } else if (!now.equals(changed)) {
                changed = now;
            } else {
                loaded = now;
                changed = null;
                take();
            }
        } finally {
            looking.set(false);
        }
    }

    private void take() {
        try {
            Snapshot next = load(chainFile, keyFile, options);
            current.set(next);
            log.info("certificate {} reloaded, {}", chainFile, next.pin);
        } catch (TlsConfigException e) {
            log.warn("the changed certificate is not used, the old one stays: {}", e.getMessage());
        }
    }

    private static Snapshot load(Path chainFile, Path keyFile, ServerTlsOptions options) throws TlsConfigException {
        OwnCertificate certificate = OwnCertificate.read(chainFile, keyFile);
        SslContextBuilder builder = SslContextBuilder.forServer(certificate.key(), certificate.chain());
        Path clientCa = options.clientCa();
        if (clientCa != null) {
            builder.trustManager(PemFiles.certificates(clientCa)).clientAuth(ClientAuth.REQUIRE);
        }
        try {
            return new Snapshot(TlsContext.build(builder, options.alpn()), CertificatePin.of(certificate.leaf()));
        } catch (SSLException | IllegalArgumentException | CertificateEncodingException e) {
            throw new TlsConfigException(chainFile + " cannot be used for TLS: " + e.getMessage(), e);
        }
    }

    private Stamps stamps() {
        Path clientCa = options.clientCa();
        return new Stamps(stamp(chainFile), stamp(keyFile), clientCa == null ? null : stamp(clientCa));
    }

    private static @Nullable Stamp stamp(Path file) {
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(a.lastModifiedTime(), a.size(), a.fileKey());
        } catch (IOException e) {
            return null;
        }
    }

    /**
     * Takes an accepted stream over from its {@link ReadHold}, where it has one, puts TLS on it and shakes hands. Afterwards the
     * channel has auto-read off and a fresh {@link ReadHold} above TLS. On the channel's loop.
     *
     * @param limit a handshake that takes longer fails
     * @return fails with an {@link SSLException}, and closes the channel then
     */
    public Future<TlsInfo> accept(Channel channel, Duration limit) {
        return TlsHandshake.start(channel, current.get().context.newHandler(channel), limit);
    }

    @Override
    public String toString() {
        return "TLS with " + chainFile;
    }
}
