package dev.sluice.app.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The admin listener: health, metrics and the list of connections.
 *
 * @param listen where it listens; null where it is off
 * @param explicit whether somebody asked for it: then a port that is taken is a failure, else only a warning
 * @param hosts further names that may stand in the Host field, besides addresses and {@code localhost}
 */
public record AdminConfig(@Nullable InetSocketAddress listen, boolean explicit, List<String> hosts) {

    /** 127.0.0.1:9088 where that port is free. */
    public static final AdminConfig DEFAULT = new AdminConfig(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9088),
            false, List.of());

    /** No admin listener. */
    public static final AdminConfig OFF = new AdminConfig(null, true, List.of());

    private static final Key<InetSocketAddress> LISTEN = Key.required("listen", Scalars.LISTEN,
            "Address and port of the admin listener.");
    private static final Key<List<String>> HOSTS = Key.of("hosts", ListType.orOne(Scalars.TEXT), "[]",
            "Names by which it may be called, besides IP addresses and localhost; other Host fields are refused (DNS rebinding).");

    static final ScalarType<AdminConfig> SHORT = ScalarType.of("address:port or off",
            java.util.Map.of("type", List.of("string", "boolean")), AdminConfig::parse);
    private static final ObjectType<AdminConfig> LONG = new ObjectType<>("'admin'", List.of(LISTEN, HOSTS),
            v -> new AdminConfig(v.get(LISTEN), true, v.get(HOSTS)));
    static final Type<AdminConfig> TYPE = new EitherType<>(SHORT, LONG);

    /** {@code address:port}, or {@code off}. */
    static AdminConfig parse(String text) {
        if (text.equals("off") || text.equals("false")) {
            return OFF;
        }
        return new AdminConfig(Scalars.listen(text), true, List.of());
    }
}
