package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program that is measured, and how it is started in front of a target.
 *
 * @param name in the table
 * @param binary looked for on the PATH and in the directory of peers
 * @param starter writes its configuration and starts it
 */
record Peer(String name, String binary, Starter starter) implements Contestant {
    private static final int CORES = Runtime.getRuntime().availableProcessors();

    /** Starts the program so that {@code port} leads to {@code target}. */
    @FunctionalInterface
    interface Starter {
        /** The command line of the program that listens on {@code port}; configuration files go to {@code dir}. */
        List<String> command(Path executable, Path dir, int port, int target) throws IOException;
    }

    @Override
    public @Nullable String missing() {
        return find(binary) == null ? binary : null;
    }

    /** TCP relays, Sluice first. */
    static List<Peer> relays() {
        return List.of(
                new Peer("sluice", "sluice",
                        (exe, dir, port, target) -> List.of(exe.toString(), "run", "--admin", "off", "--log-level",
                                "warn", "--listen", "tcp://127.0.0.1:" + port + "?to=127.0.0.1:" + target)),
                new Peer("haproxy-splice", "haproxy", (exe, dir, port, target) -> haproxy(exe, dir, "splice", 1, port, target,
                        "  mode tcp\n  option splice-request\n  option splice-response\n")),
                new Peer("haproxy", "haproxy",
                        (exe, dir, port, target) -> haproxy(exe, dir, "plain", 1, port, target, "  mode tcp\n")),
                new Peer("sing-box", "sing-box", (exe, dir, port, target) -> {
                    Path file = Files.writeString(dir.resolve("sing-box-relay.json"), """
                            {"log":{"disabled":true},
                             "inbounds":[{"type":"direct","listen":"127.0.0.1","listen_port":%d,"network":"tcp",
                                          "override_address":"127.0.0.1","override_port":%d}],
                             "outbounds":[{"type":"direct"}]}
                            """.formatted(port, target));
                    return List.of(exe.toString(), "run", "-c", file.toString());
                }));
    }

    /**
     * HTTP proxies; HAProxy and nginx, which are no forward proxies, stand in front of the one origin as they are used. HAProxy stands
     * there twice: with one thread, which costs least, and with one for each core, which is its default and what Sluice does.
     */
    static List<Peer> httpProxies() {
        return List.of(
                new Peer("sluice", "sluice",
                        (exe, dir, port, target) -> List.of(exe.toString(), "run", "--admin", "off", "--log-level",
                                "warn", "--listen", "http://127.0.0.1:" + port)),
                new Peer("squid", "squid", Peer::squid),
                new Peer("haproxy", "haproxy",
                        (exe, dir, port, target) -> haproxy(exe, dir, "http", 1, port, target, "  mode http\n")),
                new Peer("haproxy-threads", "haproxy",
                        (exe, dir, port, target) -> haproxy(exe, dir, "http-threads", CORES, port, target, "  mode http\n")),
                new Peer("nginx", "nginx", (exe, dir, port, target) -> {
                    Path file = Files.writeString(dir.resolve("nginx-proxy.conf"), nginx(dir, "proxy", """
                            upstream origin { server 127.0.0.1:%d; keepalive 64; }
                            server { listen 127.0.0.1:%d;
                              location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; } }
                            """.formatted(target, port)));
                    return List.of(exe.toString(), "-c", file.toString(), "-g", "daemon off;");
                }),
                new Peer("sing-box", "sing-box", (exe, dir, port, target) -> {
                    Path file = Files.writeString(dir.resolve("sing-box-http.json"), """
                            {"log":{"disabled":true},"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":%d}],
                             "outbounds":[{"type":"direct"}]}
                            """.formatted(port));
                    return List.of(exe.toString(), "run", "-c", file.toString());
                }));
    }

    /** The origin of the HTTP loads: nginx with one small answer. */
    static List<String> origin(Path dir, int port) throws IOException {
        Path executable = find("nginx");
        if (executable == null) {
            throw new IOException("nginx not found: it is the origin of this benchmark (Debian package nginx)");
        }
        Path file = Files.writeString(dir.resolve("origin.conf"), nginx(dir, "origin", """
                server { listen 127.0.0.1:%d backlog=4096; keepalive_requests 1000000000;
                  location / { default_type text/plain; return 200 "%s"; } }
                """.formatted(port, "x".repeat(128))));
        return List.of(executable.toString(), "-c", file.toString(), "-g", "daemon off;");
    }

    private static String nginx(Path dir, String role, String body) {
        return """
                worker_processes 1; pid %s/%s.pid; error_log %s/%s.err;
                events { worker_connections 8192; }
                http { access_log off; client_body_temp_path %s/body-%s; proxy_temp_path %s/proxy-%s; fastcgi_temp_path %s/fcgi-%s;
                  uwsgi_temp_path %s/uwsgi-%s; scgi_temp_path %s/scgi-%s; keepalive_requests 1000000000;
                %s}
                """
                .formatted(dir, role, dir, role, dir, role, dir, role, dir, role, dir, role, dir, role, body);
    }

    private static List<String> haproxy(Path exe, Path dir, String role, int threads, int port, int target, String mode)
            throws IOException {
        Path file = Files.writeString(dir.resolve("haproxy-" + role + ".cfg"), """
                global
                  nbthread %d
                  maxconn 9800
                  maxpipes 32
                defaults
                %s  timeout connect 5s
                  timeout client 60s
                  timeout server 60s
                frontend f
                  bind 127.0.0.1:%d
                  default_backend b
                backend b
                  server s 127.0.0.1:%d
                """.formatted(threads, mode, port, target));
        return List.of(exe.toString(), "-db", "-f", file.toString());
    }

    private static List<String> squid(Path exe, Path dir, int port, int target) throws IOException {
        Path file = Files.writeString(dir.resolve("squid.conf"), """
                http_port 127.0.0.1:%d
                acl all_targets dst all
                http_access allow all
                cache deny all
                cache_mem 8 MB
                access_log none
                cache_log %s/squid-cache.log
                cache_store_log none
                pid_filename %s/squid.pid
                coredump_dir %s
                shutdown_lifetime 1 seconds
                max_filedescriptors 16384
                """.formatted(port, dir, dir, dir));
        return List.of(exe.toString(), "-N", "-f", file.toString());
    }

    /** Where {@code binary} is: this project's launcher, the directory in {@code SLUICE_PEERS}, the PATH; null where it is not. */
    static @Nullable Path find(String binary) {
        List<String> places = new ArrayList<>();
        if (binary.equals("sluice")) {
            places.add(System.getProperty("sluice.home", "."));
        }
        String peers = System.getenv("SLUICE_PEERS");
        if (peers != null) {
            places.add(peers);
            places.add(peers + "/bin");
        }
        places.addAll(List.of(System.getenv().getOrDefault("PATH", "").split(":", -1)));
        places.add("/usr/sbin");
        for (String place : places) {
            Path candidate = Path.of(place, binary).toAbsolutePath().normalize();
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        return null;
    }
}
