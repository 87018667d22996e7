package dev.sluice.app.server;

import dev.sluice.rudp.protocol.crypto.PublicKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keys of servers that were met, a line each: {@code host:port key}. The file is the same that
 * {@link dev.sluice.rudp.RudpConfig#knownServers} names. Reads and writes files: not on an event loop.
 */
final class KnownServers {
    private KnownServers() {}

    /** The key that this server had before; null for none. */
    static @Nullable PublicKey find(Path file, InetSocketAddress server) throws IOException {
        String name = name(server);
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return PublicKey.parse(line.substring(name.length()).strip());
                }
            }
        } catch (NoSuchFileException e) {
            return null;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": the key of " + name.strip() + " cannot be read", e);
        }
        return null;
    }

    /** Remembers a server's key. */
    static void remember(Path file, InetSocketAddress server, PublicKey key) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, List.of(name(server) + key), StandardCharsets.UTF_8, StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private static String name(InetSocketAddress server) {
        return server.getHostString() + ":" + server.getPort() + " ";
    }
}
