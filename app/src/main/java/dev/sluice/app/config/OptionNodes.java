package dev.sluice.app.config;

import dev.sluice.anytls.AnyTlsUri;
import dev.sluice.app.config.SluiceUri.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Writes what the command line says into the tree of the file, as if it had stood there: the URIs of {@code --listen} and
 * {@code --via} are short for inbounds and outbounds.
 */
final class OptionNodes {
    private static final Map<String, String> LISTEN_SCHEMES = Map.of("mixed", "mixed", "http", "http", "socks5", "socks", "tcp",
            "forward", "udp", "forward", "anytls", "anytls", "rudp", "rudp");
    private static final Set<String> LISTEN_TLS = Set.of("cert", "key", "self-signed", "alpn", "client-ca");
    private static final Set<String> LISTEN_LIMITS = Set.of("connections", "per-source", "per-user", "rate", "user-rate",
            "header-bytes");
    private static final Set<String> DIAL_TLS = Set.of("sni", "pin", "ca", "insecure", "alpn", "cert", "key");
    /** What may stand in an AnyTLS URI besides what every program knows. */
    private static final Set<String> ANYTLS = Set.of("alpn", "cert", "key", "client", "streams-per-session", "reuse", "min-idle",
            "idle-check", "idle-timeout", "max-age", "heartbeat", "answer-timeout", "handshake-timeout", "udp");
    private static final Set<String> PATHS = Set.of("cert", "key", "ca", "client-ca", "trace");
    private static final Set<String> LISTS = Set.of("allow-from", "alpn");
    private static final Set<String> SWITCHES = Set.of("allow-private", "insecure", "self-signed", "plain", "reuse", "fec",
            "early-data");

    /** Stands where a fault was reported already, so that the lack of a key is not one more. */
    private static final String MISSING = "missing";

    private final Overrides overrides;
    private final List<Fault> faults = new ArrayList<>();

    OptionNodes(Overrides overrides) {
        this.overrides = overrides;
    }

    /** What cannot even be written as a node. */
    List<Fault> faults() {
        return faults;
    }

    /** Adds everything to {@code root}. */
    void writeTo(MappingNode root) {
        for (String text : overrides.listen()) {
            Nodes nodes = new Nodes("--listen " + redact(text));
            SluiceUri uri = parse(text, "--listen " + redact(text));
            if (uri != null) {
                append(nodes, root, "inbounds", listen(nodes, uri, "--listen " + redact(text)));
            }
        }
        vias(root);
        set(root, "admin", overrides.admin(), "--admin " + overrides.admin());
        set(root, "state-dir", absolute(overrides.stateDirectory()), "--state-dir");
        inLog(root, "format", overrides.log(), "--log " + overrides.log());
        inLog(root, "level", overrides.logLevel(), "--log-level " + overrides.logLevel());
    }

    /** An inbound for those who say nothing at all. */
    static void writeDefaultListener(MappingNode root) {
        Nodes nodes = new Nodes("default listener");
        MappingNode inbound = nodes.object();
        nodes.put(inbound, "type", nodes.scalar("mixed"));
        nodes.put(inbound, "listen", nodes.scalar("127.0.0.1:8088"));
        append(nodes, root, "inbounds", inbound);
    }

    private void inLog(MappingNode root, String key, @Nullable String value, String place) {
        if (value != null) {
            Nodes nodes = new Nodes(place);
            MappingNode log = nodes.within(root, "log");
            Nodes.remove(log, key);
            nodes.put(log, key, nodes.scalar(value));
        }
    }

    private void set(MappingNode root, String key, @Nullable String value, String place) {
        if (value != null) {
            Nodes nodes = new Nodes(place);
            Nodes.remove(root, key);
            nodes.put(root, key, nodes.scalar(value));
        }
    }

    private static void append(Nodes nodes, MappingNode root, String key, Node item) {
        if (Nodes.find(root, key) instanceof SequenceNode list) {
            list.getValue().add(item);
        } else if (Nodes.find(root, key) == null) {
            nodes.put(root, key, nodes.list(List.of(item)));
        }
    }

    private @Nullable SluiceUri parse(String text, String place) {
        try {
            return SluiceUri.parse(text);
        } catch (IllegalArgumentException e) {
            faults.add(new Fault(Place.of(place), String.valueOf(e.getMessage())));
            return null;
        }
    }

    /** The text without what may be a secret: everything before the last '@'. */
    static String redact(String text) {
        int at = text.lastIndexOf('@');
        int scheme = text.indexOf("://");
        return at < 0 ? text : (scheme < 0 || scheme > at ? "" : text.substring(0, scheme + 3)) + "***" + text.substring(at);
    }

    private MappingNode listen(Nodes nodes, SluiceUri uri, String place) {
        MappingNode inbound = nodes.object();
        String type = LISTEN_SCHEMES.get(uri.scheme());
        if (type == null) {
            unknownScheme(uri, place, List.of("mixed", "http", "socks5", "tcp", "udp", "anytls", "rudp"));
            type = "mixed";
        }
        nodes.put(inbound, "type", nodes.scalar(type));
        boolean portless = type.equals("anytls") && uri.hostPort().lastIndexOf(':') <= uri.hostPort().lastIndexOf(']');
        nodes.put(inbound, "listen", nodes.scalar(portless ? uri.hostPort() + ":" + AnyTlsUri.PORT : uri.hostPort()));
        boolean forward = type.equals("forward");
        if (forward) {
            nodes.put(inbound, "network", nodes.scalar(uri.scheme()));
        }
        if (type.equals("rudp")) {
            sharedSecret(nodes, inbound, uri, place);
        } else if (uri.user() != null) {
            if (type.equals("anytls")) {
                MappingNode user = nodes.object();
                nodes.put(user, "name", nodes.scalar("anytls"));
                nodes.put(user, "password", nodes.scalar(secret(uri.userInfo())));
                nodes.put(inbound, "users", nodes.list(List.of(user)));
            } else if (forward) {
                faults.add(new Fault(Place.of(place), "a " + uri.scheme() + " listener asks nobody for a password"));
            } else {
                MappingNode user = nodes.object();
                credentials(nodes, user, "name", uri, place);
                nodes.put(inbound, "users", nodes.list(List.of(user)));
            }
        }
        for (Parameter parameter : uri.query()) {
            MappingNode target = LISTEN_TLS.contains(parameter.key()) && !type.equals("rudp")
                    ? nodes.within(inbound, "tls")
                    : LISTEN_LIMITS.contains(parameter.key()) ? nodes.within(inbound, "limits") : inbound;
            if (parameter.key().equals("proxy-protocol")) {
                nodes.put(nodes.within(inbound, "proxy-protocol"), "from", list(nodes, parameter.value()));
            } else {
                nodes.put(target, parameter.key(), value(nodes, parameter));
            }
        }
        return inbound;
    }

    private void vias(MappingNode root) {
        String before = null;
        int hop = 0;
        for (String text : overrides.via()) {
            hop++;
            String place = "--via " + redact(text);
            Nodes nodes = new Nodes(place);
            String name = overrides.via().size() == 1 ? "via" : "via-" + hop;
            MappingNode outbound = hop(nodes, text, name, place);
            if (outbound == null) {
                continue;
            }
            if (before != null && text.regionMatches(true, 0, "rudp:", 0, 5)) {
                faults.add(new Fault(Place.of(place), "rudp:// runs over UDP: it can only be the first hop of a chain"));
            } else if (before != null) {
                nodes.put(outbound, "via", nodes.scalar(before));
            }
            append(nodes, root, "outbounds", outbound);
            before = name;
        }
        if (before != null) {
            routeEverything(root, before);
        }
    }

    private static void routeEverything(MappingNode root, String name) {
        Nodes nodes = new Nodes("--via");
        if (Nodes.find(root, "routes") instanceof SequenceNode routes) {
            routes.getValue().removeIf(r -> r instanceof MappingNode route && Nodes.find(route, "default") != null);
        }
        append(nodes, root, "routes", nodes.put(nodes.object(), "default", nodes.scalar(name)));
    }

    private @Nullable MappingNode hop(Nodes nodes, String text, String name, String place) {
        if (text.regionMatches(true, 0, AnyTlsUri.SCHEME, 0, AnyTlsUri.SCHEME.length())) {
            try {
                return anyTls(nodes, AnyTlsUri.parse(text), name, place);
            } catch (IllegalArgumentException e) {
                faults.add(new Fault(Place.of(place), String.valueOf(e.getMessage())));
                return null;
            }
        }
        SluiceUri uri = parse(text, place);
        return uri == null ? null : via(nodes, uri, name, place);
    }

    /** Keys that nobody knows are for other programs: such URIs are passed around. One that looks like a slip is a fault. */
    private MappingNode anyTls(Nodes nodes, AnyTlsUri uri, String name, String place) {
        MappingNode outbound = nodes.object();
        nodes.put(outbound, "type", nodes.scalar("anytls"));
        nodes.put(outbound, "name", nodes.scalar(name));
        nodes.put(outbound, "server", nodes.scalar(uri.server().toString()));
        if (uri.password().isEmpty()) {
            faults.add(new Fault(Place.of(place), "the password is missing: anytls://password@host:port"));
            nodes.put(outbound, "password", nodes.scalar(MISSING));
        } else {
            nodes.put(outbound, "password", nodes.scalar(secret(uri.password())));
        }
        MappingNode tls = nodes.object();
        putText(nodes, tls, "sni", uri.sni());
        putText(nodes, tls, "pin", uri.pin() == null ? null : uri.pin().toString());
        putText(nodes, tls, "ca", absolute(uri.ca()));
        putText(nodes, tls, "insecure", uri.insecure() ? "true" : null);
        uri.others().forEach((key, value) -> {
            String meant = DidYouMean.nearest(key, ANYTLS);
            if (ANYTLS.contains(key)) {
                nodes.put(DIAL_TLS.contains(key) ? tls : outbound, key, value(nodes, new Parameter(key, value)));
            } else if (meant != null && key.length() > 3) {
                faults.add(new Fault(Place.of(place), "unknown key '" + key + "'; did you mean '" + meant + "'?"));
            }
        });
        nodes.put(outbound, "tls", tls);
        return outbound;
    }

    private static void putText(Nodes nodes, MappingNode object, String key, @Nullable String value) {
        if (value != null) {
            nodes.put(object, key, nodes.scalar(value));
        }
    }

    private MappingNode via(Nodes nodes, SluiceUri uri, String name, String place) {
        MappingNode outbound = nodes.object();
        String type = switch (uri.scheme()) {
            case "http", "https" -> "http";
            case "socks5" -> "socks";
            case "rudp" -> "rudp";
            default -> {
                unknownScheme(uri, place, List.of("http", "https", "socks5", "anytls", "rudp"));
                yield "http";
            }
        };
        nodes.put(outbound, "type", nodes.scalar(type));
        nodes.put(outbound, "name", nodes.scalar(name));
        nodes.put(outbound, "server", nodes.scalar(uri.hostPort()));
        if (type.equals("rudp")) {
            sharedSecret(nodes, outbound, uri, place);
            uri.query().forEach(
                    p -> nodes.put(outbound, p.key(), p.key().equals("key") ? nodes.scalar(p.value()) : value(nodes, p)));
            return outbound;
        }
        if (uri.user() != null) {
            credentials(nodes, outbound, "user", uri, place);
        }
        boolean tls = uri.scheme().equals("https");
        MappingNode checks = nodes.object();
        for (Parameter parameter : uri.query()) {
            boolean ofTls = DIAL_TLS.contains(parameter.key());
            if (ofTls && !tls) {
                faults.add(new Fault(Place.of(place), "'" + parameter.key() + "' is for TLS: write https://"));
            } else {
                nodes.put(ofTls ? checks : outbound, parameter.key(), value(nodes, parameter));
            }
        }
        if (tls) {
            nodes.put(outbound, "tls", checks);
        }
        return outbound;
    }

    private void unknownScheme(SluiceUri uri, String place, List<String> allowed) {
        faults.add(new Fault(Place.of(place), "unknown scheme '" + uri.scheme() + "'" + DidYouMean.hint(uri.scheme(), allowed)
                + " (allowed: " + String.join(", ", allowed) + ")"));
    }

    private void credentials(Nodes nodes, MappingNode object, String nameKey, SluiceUri uri, String place) {
        String password = uri.password();
        if (uri.user() == null || uri.user().isEmpty() || password == null || password.isEmpty()) {
            faults.add(new Fault(Place.of(place), "a user is written user:password@"));
            return;
        }
        nodes.put(object, nameKey, nodes.scalar(uri.user()));
        nodes.put(object, "password", nodes.scalar(secret(password)));
    }

    private void sharedSecret(Nodes nodes, MappingNode object, SluiceUri uri, String place) {
        if (uri.user() == null || uri.userInfo().isEmpty()) {
            faults.add(new Fault(Place.of(place), "the secret is missing: rudp://secret@host:port"));
            nodes.put(object, "secret", nodes.scalar(MISSING));
        } else {
            nodes.put(object, "secret", nodes.scalar(secret(uri.userInfo())));
        }
    }

    /** A secret in a file of the directory that the command was given in. */
    private String secret(String text) {
        return text.startsWith("file:") ? "file:" + absolute(text.substring(5)) : text;
    }

    private Node value(Nodes nodes, Parameter parameter) {
        if (LISTS.contains(parameter.key())) {
            return list(nodes, parameter.value());
        }
        String text = parameter.value();
        if (SWITCHES.contains(parameter.key())) {
            text = switch (text) {
                case "", "1" -> "true";
                case "0" -> "false";
                default -> text;
            };
        } else if (PATHS.contains(parameter.key())) {
            text = absolute(text);
        }
        return nodes.scalar(text == null ? "" : text);
    }

    private static Node list(Nodes nodes, String text) {
        return nodes.list(Arrays.stream(text.split(",", -1)).map(nodes::scalar).toList());
    }

    private @Nullable String absolute(@Nullable String path) {
        return path == null || path.isEmpty() ? path : overrides.directory().resolve(Path.of(path)).normalize().toString();
    }
}
