package dev.sluice.rudp;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an end keeps between runs: its own key, in a file that only its owner can read, and the keys of servers it has met, a line each
 * ({@code host:port key}). Reads and writes files: not on an event loop.
 */
final class StateFiles {
    private StateFiles() {}

    /** The key of this file, made and written there where there is none. */
    static StaticKey key(Path file) throws IOException {
        try {
            return parse(file);
        } catch (NoSuchFileException e) {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                write(file, StaticKey.generate());
            } catch (FileAlreadyExistsException raced) {
                // another process was faster: its key it is
            }
            return parse(file);
        }
    }

    private static StaticKey parse(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            StaticKey key = StaticKey.of(bytes);
            Arrays.fill(bytes, (byte) 0);
            return key;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " does not hold a key", e);
        }
    }

    /** Complete or not at all: a process that is killed meanwhile leaves no half of a key. */
    private static void write(Path file, StaticKey key) throws IOException {
        byte[] bytes = key.privateBytes();
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
        Arrays.fill(bytes, (byte) 0);
        Path parent = file.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(parent, "key", ".tmp", ownerOnly());
        try {
            Files.writeString(fresh, text, StandardCharsets.US_ASCII);
            Files.createLink(file, fresh);
        } catch (UnsupportedOperationException e) {
            Files.writeString(file, text, StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
    }

    /** The key that this server had before; null for none. */
    static @Nullable PublicKey known(Path file, InetSocketAddress server) throws IOException {
        String name = name(server) + " ";
        try {
            for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                if (line.startsWith(name)) {
                    return PublicKey.parse(line.substring(name.length()).strip());
                }
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": the key of " + server.getHostString() + " cannot be read", e);
        }
        return null;
    }

    /** Remembers a server's key. */
    static void remember(Path file, InetSocketAddress server, PublicKey key) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.write(file, Set.of(name(server) + " " + key), StandardCharsets.UTF_8, StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private static String name(InetSocketAddress server) {
        return server.getHostString() + ":" + server.getPort();
    }
}
