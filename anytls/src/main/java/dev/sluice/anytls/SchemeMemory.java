package dev.sluice.anytls;

import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.core.ProtocolException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The padding scheme that one server wants, over restarts: a client that begins with the default one shows by its first session what
 * it is. One file of at most 64 KiB per server, replaced whole. Any thread; files are written by a virtual one.
 */
final class SchemeMemory {
    private static final Logger log = LoggerFactory.getLogger(SchemeMemory.class);

    private final @Nullable Path file;
    private final AtomicReference<PaddingScheme> current;

    private SchemeMemory(@Nullable Path file, PaddingScheme scheme) {
        this.file = file;
        this.current = new AtomicReference<>(scheme);
    }

    /** Reads what is kept for {@code server}, off the loops. A file that cannot be used is as none. */
    static SchemeMemory of(@Nullable Path directory, String server) {
        if (directory == null) {
            return new SchemeMemory(null, PaddingScheme.DEFAULT);
        }
        Path file = directory.resolve("anytls-" + fingerprint(server) + ".scheme");
        try (InputStream in = Files.newInputStream(file)) {
            return new SchemeMemory(file, PaddingScheme.parse(in.readNBytes(PaddingScheme.MAX_TEXT + 1)));
        } catch (NoSuchFileException e) {
            return new SchemeMemory(file, PaddingScheme.DEFAULT);
        } catch (IOException e) {
            log.warn("the padding scheme in {} cannot be used: {}", file, e.getMessage());
            return new SchemeMemory(file, PaddingScheme.DEFAULT);
        }
    }

    private static String fingerprint(String server) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(server.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** For new sessions. */
    PaddingScheme scheme() {
        return current.get();
    }

    /**
     * The server wants this one.
     *
     * @throws ProtocolException where it cannot be used; the old one stays
     */
    void learn(byte[] text) throws ProtocolException {
        PaddingScheme next = PaddingScheme.parse(text);
        PaddingScheme old = current.getAndSet(next);
        if (file != null && !old.md5().equals(next.md5())) {
            Path target = file;
            Thread.ofVirtual().name("sluice-anytls-scheme").start(() -> keep(target, next));
        }
    }

    /** Written beside and moved, so that nobody ever reads half of it. */
    private void keep(Path target, PaddingScheme scheme) {
        try {
            Path directory = target.toAbsolutePath().getParent();
            Files.createDirectories(directory);
            Path beside = Files.createTempFile(directory, "anytls-", ".tmp");
            try {
                Files.write(beside, scheme.text());
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            log.warn("the padding scheme of a server cannot be kept in {}: {}", target, e.getMessage());
        }
    }
}
