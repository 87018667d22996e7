package dev.sluice.app.admin;

import io.netty.util.NetUtil;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which Host fields are answered: IP addresses, {@code localhost} and the configured names. A web page of somebody else that has
 * bent its own name to this address (DNS rebinding) sends that name, and is refused. Immutable; any thread.
 */
final class HostCheck {
    private final Set<String> names = new HashSet<>();

    HostCheck(List<String> configured) {
        names.add("localhost");
        configured.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    }

    /** Whether {@code host}, a Host field with or without a port, is meant for us. */
    boolean allows(@Nullable String host) {
        if (host == null || host.isEmpty()) {
            return false;
        }
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        return names.contains(name) || NetUtil.isValidIpV4Address(name)
                || (name.startsWith("[") && name.endsWith("]")
                        && NetUtil.isValidIpV6Address(name.substring(1, name.length() - 1)));
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean port = colon > host.lastIndexOf(']') && host.substring(colon + 1).chars().allMatch(c -> c >= '0' && c <= '9');
        return port ? host.substring(0, colon) : host;
    }
}
