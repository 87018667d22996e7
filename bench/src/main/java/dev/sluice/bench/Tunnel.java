package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An AnyTLS client with its server, both of one make.
 *
 * @param name in the table
 * @param binaries what must be there
 * @param server gives the server's command line
 * @param client gives the client's: it speaks SOCKS5 on its port
 */
record Tunnel(String name, List<String> binaries, Starter server, Starter client) implements Contestant {
    private static final String PASSWORD = "bench";

    /** Gives a command line. */
    @FunctionalInterface
    interface Starter {
        /**
         * The command line of one end.
         *
         * @param port where it listens
         * @param server where the server listens
         */
        List<String> command(Path dir, int port, int server) throws IOException;
    }

    /** All that are known, Sluice first. */
    static List<Tunnel> all() {
        return List.of(sluice("sluice", ""), singBox(),
                new Tunnel("anytls-rs", List.of("anytls-server", "anytls-client"),
                        (dir, port, server) -> List.of(path("anytls-server"), "-l", "127.0.0.1:" + port, "-p", PASSWORD),
                        (dir, port, server) -> List.of(path("anytls-client"), "-l", "127.0.0.1:" + port, "-s",
                                "127.0.0.1:" + server, "-p", PASSWORD)));
    }

    /** Sluice with many streams to a session; for the memory of idle streams. */
    static Tunnel shared() {
        return sluice("sluice, 100 to a session", "&streams-per-session=100");
    }

    private static Tunnel sluice(String name, String options) {
        return new Tunnel(name, List.of("sluice"),
                (dir, port, server) -> List.of(path("sluice"), "run", "--admin", "off", "--log-level", "warn", "--state-dir",
                        dir.resolve("state").toString(), "--listen",
                        "anytls://" + PASSWORD + "@127.0.0.1:" + port + "?allow-private=1"),
                (dir, port, server) -> List.of(path("sluice"), "run", "--admin", "off", "--log-level", "error", "--state-dir",
                        dir.resolve("state-client").toString(), "--listen", "mixed://127.0.0.1:" + port, "--via",
                        "anytls://" + PASSWORD + "@127.0.0.1:" + server + "/?insecure=1" + options));
    }

    private static Tunnel singBox() {
        return new Tunnel("sing-box", List.of("sing-box"), (dir, port, server) -> {
            Path file = Files.writeString(dir.resolve("sing-box-anytls-server.json"), """
                    {"log":{"disabled":true},
                     "inbounds":[{"type":"anytls","listen":"127.0.0.1","listen_port":%d,"users":[{"name":"u","password":"%s"}],
                       "tls":{"enabled":true,"certificate_path":"%s","key_path":"%s"}}],
                     "outbounds":[{"type":"direct"}]}
                    """.formatted(port, PASSWORD, dir.resolve("bench.pem"), dir.resolve("bench.pem")));
            return List.of(path("sing-box"), "run", "-c", file.toString());
        }, (dir, port, server) -> {
            Path file = Files.writeString(dir.resolve("sing-box-anytls-client.json"), """
                    {"log":{"disabled":true},"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":%d}],
                     "outbounds":[{"type":"anytls","server":"127.0.0.1","server_port":%d,"password":"%s",
                       "tls":{"enabled":true,"insecure":true,"server_name":"bench"}}]}
                    """.formatted(port, server, PASSWORD));
            return List.of(path("sing-box"), "run", "-c", file.toString());
        });
    }

    private static String path(String binary) throws IOException {
        Path found = Peer.find(binary);
        if (found == null) {
            throw new IOException(binary + " not found");
        }
        return found.toString();
    }

    @Override
    public @Nullable String missing() {
        return binaries.stream().filter(b -> Peer.find(b) == null).findFirst().orElse(null);
    }
}
