package dev.sluice.rudp;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The keys of servers that were met, in the file that {@link RudpConfig#knownServers} names, a line each: {@code host:port key}. For
 * programs of Netty, whose connections do not look at files. Reads and writes files: not on an event loop.
 */
public final class KnownServers {
    private KnownServers() {}

    /**
     * The key that this server had before; null for none.
     *
     * @throws IOException where the file is there and cannot be read, or has something else for the server than a key
     */
    public static @Nullable PublicKey find(Path file, InetSocketAddress server) throws IOException {
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

    /**
     * Remembers a server's key, by a line at the end of the file, which is made where there is none, and its directory with it.
     *
     * @throws IOException where the file cannot be made or written
     */
    public static void remember(Path file, InetSocketAddress server, PublicKey key) throws IOException {
        try {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            Files.write(file, Set.of(name(server) + " " + key), StandardCharsets.UTF_8, StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IOException("the key of " + name(server) + " cannot be remembered in " + file + ": " + e, e);
        }
    }

    /** What a server is called in the file: {@code host:port}. */
    static String name(InetSocketAddress server) {
        return server.getHostString() + ":" + server.getPort();
    }
}
