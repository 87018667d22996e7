package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The two ends of AnyTLS on loopback, each of them Sluice or another program, which is named. A client is reached by SOCKS5 at
 * {@link #clientPort}; both may be started again at their ports.
 */
final class AnyTlsEnds {
    private static final String PASSWORD = "secret";

    private final Path directory;
    private final int serverPort = Peer.freePort();
    private final int clientPort = Peer.freePort();

    /** With files below {@code directory}. */
    AnyTlsEnds(Path directory) throws IOException {
        this.directory = directory;
    }

    int clientPort() {
        return clientPort;
    }

    /** Starts a server; the test is skipped where the program is missing. */
    AutoCloseable server(String who) throws Exception {
        return switch (who) {
            case "sluice" -> RunningProxy.start(Files.createDirectories(directory.resolve("server")), """
                    inbounds:
                      - {type: anytls, name: in, listen: '127.0.0.1:%d', users: [{name: u, password: %s}]}
                    admin: off
                    """.formatted(serverPort, PASSWORD));
            case "sing-box" -> {
                certificate();
                yield peer("sing-box", serverPort, "run", "-c",
                        file("server.json",
                                """
                                        {"log":{"level":"warn"},
                                         "inbounds":[{"type":"anytls","listen":"127.0.0.1","listen_port":%d,"users":[{"name":"u","password":"%s"}],
                                           "tls":{"enabled":true,"certificate_path":"cert.pem","key_path":"key.pem"}}],
                                         "outbounds":[{"type":"direct"}]}
                                        """
                                        .formatted(serverPort, PASSWORD)));
            }
            case "shoes" -> {
                certificate();
                yield peer("shoes", serverPort, "--no-reload", file("server.yaml", """
                        - address: "127.0.0.1:%d"
                          protocol:
                            type: tls
                            default_tls_target:
                              cert: cert.pem
                              key: key.pem
                              protocol: {type: anytls, users: [{name: u, password: %s}], udp_enabled: true}
                        """.formatted(serverPort, PASSWORD)));
            }
            default -> peer("anytls-server", serverPort, "-l", "127.0.0.1:" + serverPort, "-p", PASSWORD);
        };
    }

    /**
     * Starts a client; the test is skipped where the program is missing.
     *
     * @param udp how Sluice sends datagrams: {@code packet} or {@code connect}
     */
    AutoCloseable client(String who, String udp) throws Exception {
        return switch (who) {
            case "sluice" -> RunningProxy.start(Files.createDirectories(directory.resolve("client")), """
                    inbounds: [{type: mixed, name: in, listen: '127.0.0.1:%d'}]
                    outbounds: [{type: anytls, name: far, server: '127.0.0.1:%d', password: %s, udp: %s, tls: {insecure: true}}]
                    admin: off
                    """.formatted(clientPort, serverPort, PASSWORD, udp));
            case "sing-box" -> peer("sing-box", clientPort, "run", "-c", file("client.json", """
                    {"log":{"level":"warn"},"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":%d}],
                     "outbounds":[{"type":"anytls","server":"127.0.0.1","server_port":%d,"password":"%s",
                       "tls":{"enabled":true,"insecure":true,"server_name":"x"}}]}
                    """.formatted(clientPort, serverPort, PASSWORD)));
            case "shoes" -> peer("shoes", clientPort, "--no-reload", file("client.yaml", """
                    - address: "127.0.0.1:%d"
                      protocol: {type: mixed, udp_enabled: true}
                      rules:
                        - masks: "0.0.0.0/0"
                          action: allow
                          client_chain:
                            address: "127.0.0.1:%d"
                            protocol:
                              type: tls
                              verify: false
                              sni_hostname: x
                              protocol: {type: anytls, password: %s, udp_enabled: true}
                    """.formatted(clientPort, serverPort, PASSWORD)));
            default -> peer("anytls-client", clientPort, "-l", "127.0.0.1:" + clientPort, "-s", "127.0.0.1:" + serverPort, "-p",
                    PASSWORD);
        };
    }

    private Peer peer(String program, int port, String... arguments) throws IOException {
        String[] command = new String[arguments.length + 1];
        command[0] = Peer.program(program).toString();
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Peer.start(directory, port, command);
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private void certificate() throws Exception {
        Programs.Result made = Programs.run(List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout",
                directory.resolve("key.pem").toString(), "-out", directory.resolve("cert.pem").toString()));
        assertThat(made.exit()).as(made.output()).isZero();
    }
}
