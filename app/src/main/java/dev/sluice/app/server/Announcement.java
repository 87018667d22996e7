package dev.sluice.app.server;

import dev.sluice.app.config.InboundConfig;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says what listens, and how to try it. */
final class Announcement {
    private Announcement() {}

    /** {@code listening on mixed 127.0.0.1:8088}. */
    static String listening(Server server) {
        List<String> all = new ArrayList<>();
        Map<String, List<InetSocketAddress>> addresses = server.listening();
        for (InboundConfig inbound : server.config().inbounds()) {
            for (InetSocketAddress address : addresses.getOrDefault(inbound.name(), List.of())) {
                all.add(kind(inbound) + " " + NetUtil.toSocketAddressString(address));
            }
        }
        return "listening on " + String.join(", ", all.stream().distinct().toList());
    }

    /** A command that goes through the first proxy that listens; null where none does. */
    static @Nullable String tryIt(Server server) {
        for (InboundConfig inbound : server.config().inbounds()) {
            List<InetSocketAddress> addresses = server.listening().getOrDefault(inbound.name(), List.of());
            if (inbound instanceof InboundConfig.Proxy proxy && !addresses.isEmpty()) {
                boolean users = !InboundPlan.users(inbound, server.config()).isEmpty();
                String scheme = switch (proxy.protocol()) {
                    case SOCKS -> "socks5h://";
                    case HTTP, MIXED -> proxy.tls() != null ? "https://" : "";
                };
                return "curl " + (users ? "-U USER " : "") + "-x " + scheme + reachable(addresses.getFirst())
                        + " https://example.com";
            }
        }
        return null;
    }

    private static String reachable(InetSocketAddress address) {
        return address.getAddress().isAnyLocalAddress()
                ? NetUtil.toSocketAddressString(new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort()))
                : NetUtil.toSocketAddressString(address);
    }

    private static String kind(InboundConfig inbound) {
        if (inbound instanceof InboundConfig.Proxy p) { // a pattern switch would be linked at run time, which costs the start 20 ms
            return switch (p.protocol()) {
                case MIXED -> "mixed";
                case HTTP -> "http";
                case SOCKS -> "socks";
            };
        }
        if (inbound instanceof InboundConfig.Rudp) {
            return "rudp";
        }
        return inbound instanceof InboundConfig.AnyTls ? "anytls" : "forward";
    }
}
