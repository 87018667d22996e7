package dev.sluice.app.config;

import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.core.Destination;
import dev.sluice.core.Network;
import dev.sluice.core.ProtocolException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who listens. */
public sealed interface InboundConfig {

    /** What all listeners have. */
    Listening listening();

    /** How rules, counters and logs know it. */
    default String name() {
        return listening().name();
    }

    /**
     * What all listeners have.
     *
     * @param name how rules, counters and logs know it
     * @param addresses where it listens
     * @param allowFrom the networks whose clients may come; empty for all
     * @param proxyProtocolFrom the networks whose PROXY headers are believed; empty where none is expected
     * @param limits of its own; null for those of the program
     */
    record Listening(String name, List<Placed<InetSocketAddress>> addresses, List<String> allowFrom,
            List<String> proxyProtocolFrom, @Nullable Limits limits) {

        /** Whether only this machine can reach it. */
        public boolean loopback() {
            return addresses.stream().allMatch(a -> a.value().getAddress().isLoopbackAddress());
        }
    }

    /** What a proxy speaks with its clients. */
    enum Protocol {
        /** HTTP or SOCKS, by the first byte. */
        MIXED,
        /** HTTP. */
        HTTP,
        /** SOCKS 4, 4a and 5. */
        SOCKS
    }

    /** From whom a SOCKS association takes replies. */
    enum UdpFilter {
        /** From addresses that the client has sent to. */
        ADDRESS,
        /** From everybody (full cone). */
        NONE
    }

    /**
     * A port that clients use as their proxy.
     *
     * @param protocol what it speaks
     * @param listening where
     * @param users who may use it; null for all users of the file, empty for everybody
     * @param allowPrivate whether clients may reach private addresses; null where only a loopback listener's may
     * @param tls null for none
     * @param udpFilter of SOCKS associations
     */
    record Proxy(Protocol protocol, Listening listening, @Nullable List<UserConfig.Entry> users, @Nullable Boolean allowPrivate,
            @Nullable ListenTls tls, UdpFilter udpFilter) implements InboundConfig {}

    /**
     * A port that leads to one destination.
     *
     * @param listening where
     * @param to host and port; the network is that of {@code networks}
     * @param networks TCP, UDP or both
     * @param tls null for none; TCP only
     */
    record Forward(Listening listening, Destination to, List<Network> networks,
            @Nullable ListenTls tls) implements InboundConfig {}

    /**
     * An AnyTLS server.
     *
     * @param listening where
     * @param users who may use it; null for all users of the file
     * @param allowPrivate whether clients may reach private addresses; null where only a loopback listener's may
     * @param tls null where a front end speaks it
     * @param udpFilter of UDP over TCP
     * @param authentication how long a client may take to authenticate
     * @param streams how many streams one session may have open
     * @param paddingScheme the text of the scheme that clients are sent; null for the usual one
     * @param fallback what others are shown; null to close
     */
    record AnyTls(Listening listening, @Nullable List<UserConfig.Entry> users, @Nullable Boolean allowPrivate,
            @Nullable ListenTls tls, UdpFilter udpFilter, Duration authentication, int streams, @Nullable String paddingScheme,
            @Nullable SiteConfig fallback) implements InboundConfig {}

    /**
     * A server of reliable UDP.
     *
     * @param listening where
     * @param secret what both ends know
     * @param allowPrivate whether clients may reach private addresses; null where only a loopback listener's may
     * @param udpFilter of associations
     * @param streams how many streams one connection may have open
     */
    record Rudp(Listening listening, Secret secret, @Nullable Boolean allowPrivate, UdpFilter udpFilter, int streams,
            RudpOptions options) implements InboundConfig {}

    /** The keys of an inbound. */
    final class Keys {
        private static final Key<String> NAME = Key.optional("name", Scalars.NAME_TYPE,
                "How rules and logs know it; otherwise made of type and port.");
        private static final Key<List<Placed<InetSocketAddress>>> LISTEN = Key.required("listen",
                ListType.orOne(new PlacedType<>(Scalars.LISTEN)),
                "Address and port, or several. Port 0 lets the system pick one.");
        private static final Key<List<UserConfig.Entry>> USERS = Key.optional("users", ListType.orOne(UserConfig.ENTRY),
                "Who may use it: names from the file's 'users', or objects with name and password. Without the key all users of the file; [] for everybody.");
        private static final Key<List<String>> ALLOW_FROM = Key.of("allow-from", ListType.orOne(Scalars.CIDR), "[]",
                "Networks whose clients may come; others are closed at once.");
        private static final Key<Boolean> ALLOW_PRIVATE = Key.optional("allow-private", Scalars.BOOLEAN,
                "Whether clients may reach loopback, private and metadata addresses; only a loopback listener's may otherwise.");
        private static final Key<ListenTls> TLS = Key.optional("tls", ListenTls.TYPE, "TLS on the listener.");
        private static final Key<List<String>> FROM = Key.required("from", ListType.orOne(Scalars.CIDR),
                "Networks of the load balancers whose header is believed; all others are refused.");
        private static final Key<List<String>> PROXY_PROTOCOL = Key.optional("proxy-protocol",
                new ObjectType<>("'proxy-protocol'", List.of(FROM), v -> v.get(FROM)),
                "Expect a PROXY protocol header (v1 or v2) before everything else.");
        private static final Key<UdpFilter> UDP_FILTER = Key.of("udp-filter", Scalars.oneOf(UdpFilter.class), "address",
                "From whom a UDP association takes packets: only addresses the client has sent to, or everybody (none).");
        private static final Key<Limits> LIMITS = Key.optional("limits", Limits.TYPE,
                "Limits of its own instead of the program's.");
        private static final Key<Destination> TO = Key.required("to", Scalars.SERVER, "Where every connection and packet goes.");
        private static final Key<List<Network>> NETWORK = Key.of("network", ListType.orOne(Scalars.oneOf(Network.class)), "tcp",
                "tcp, udp, or both in brackets.");

        private static final Key<Boolean> PLAIN = Key.of("plain", Scalars.BOOLEAN, "false",
                "Speak no TLS: a front end does. Without it, and without 'tls', a certificate is made and kept.");
        private static final Key<Duration> AUTHENTICATION = Key.of("auth-timeout", Scalars.DURATION_TYPE, "5s",
                "How long a client may take to authenticate, once TLS stands.");
        private static final Key<Integer> STREAMS = Key.of("streams", Scalars.integer(1, 1_000_000), "1024",
                "Streams that one session may have open.");
        private static final Key<String> PADDING_SCHEME = Key.optional("padding-scheme", Scalars.LINES,
                "The padding scheme that clients are told, its lines as they are sent; ${file:PATH} takes them from a file.");
        private static final Key<SiteConfig> FALLBACK = Key.optional("fallback", SiteConfig.TYPE,
                "The web site that is shown to whoever does not authenticate; otherwise he is closed. It must understand what 'alpn' offers.");

        private static final Key<Secret> SECRET = Key.required("secret", Scalars.SECRET,
                "What both ends know; env:NAME or file:PATH keep it out of the file.");

        static final Type<InboundConfig> TYPE = new VariantType<>("an inbound", variants());

        private Keys() {}

        private static Map<String, ObjectType<? extends InboundConfig>> variants() {
            Map<String, ObjectType<? extends InboundConfig>> variants = new LinkedHashMap<>();
            proxy(variants, "mixed", "HTTP and SOCKS on one port, told apart by the first byte.", Protocol.MIXED);
            proxy(variants, "http", "An HTTP proxy.", Protocol.HTTP);
            proxy(variants, "socks", "A SOCKS 4, 4a and 5 proxy.", Protocol.SOCKS);
            Key<String> anyTls = Key.required("type", Scalars.word("anytls"),
                    "An AnyTLS server. The password is the user: no two may have the same.");
            variants.put("anytls", new ObjectType<>("an inbound of type anytls",
                    List.of(anyTls, NAME, LISTEN, USERS, ALLOW_FROM, ALLOW_PRIVATE, TLS, PLAIN, FALLBACK, AUTHENTICATION, STREAMS,
                            PADDING_SCHEME, UDP_FILTER, PROXY_PROTOCOL, LIMITS),
                    v -> anyTls(v)));
            List<Key<?>> rudp = new ArrayList<>(List.of(Key.required("type", Scalars.word("rudp"), "A server of reliable UDP."),
                    NAME, LISTEN, SECRET, ALLOW_FROM, ALLOW_PRIVATE, UDP_FILTER, STREAMS));
            rudp.addAll(RudpOptions.KEYS);
            rudp.add(LIMITS);
            variants.put("rudp", new ObjectType<>("an inbound of type rudp", rudp,
                    v -> new Rudp(listening(v, "rudp"), v.get(SECRET), v.find(ALLOW_PRIVATE), v.get(UDP_FILTER), v.get(STREAMS),
                            RudpOptions.of(v))));
            Key<String> type = Key.required("type", Scalars.word("forward"), "A port that leads to one destination.");
            variants.put("forward", new ObjectType<>("an inbound of type forward",
                    List.of(type, NAME, LISTEN, TO, NETWORK, ALLOW_FROM, TLS, PROXY_PROTOCOL, LIMITS), v -> forward(v)));
            return variants;
        }

        private static void proxy(Map<String, ObjectType<? extends InboundConfig>> variants, String word, String doc,
                Protocol protocol) {
            Key<String> type = Key.required("type", Scalars.word(word), doc);
            List<Key<?>> keys = protocol == Protocol.HTTP
                    ? List.of(type, NAME, LISTEN, USERS, ALLOW_FROM, ALLOW_PRIVATE, TLS, PROXY_PROTOCOL, LIMITS)
                    : List.of(type, NAME, LISTEN, USERS, ALLOW_FROM, ALLOW_PRIVATE, TLS, PROXY_PROTOCOL, UDP_FILTER, LIMITS);
            variants.put(word, new ObjectType<>("an inbound of type " + word, keys,
                    v -> new Proxy(protocol, listening(v, word), v.find(USERS), v.find(ALLOW_PRIVATE), v.find(TLS),
                            v.get(UDP_FILTER))));
        }

        private static AnyTls anyTls(Values v) {
            ListenTls tls = v.find(TLS);
            boolean plain = v.get(PLAIN);
            if (plain && v.has(TLS)) {
                v.fault(PLAIN, "'plain' means that a front end speaks TLS: remove one of 'plain' and 'tls'");
            }
            String scheme = v.find(PADDING_SCHEME);
            if (scheme != null) {
                try {
                    PaddingScheme.parse(scheme.getBytes(StandardCharsets.UTF_8));
                } catch (ProtocolException e) {
                    v.fault(PADDING_SCHEME, String.valueOf(e.getMessage()));
                }
            }
            Listening listening = listening(v, "anytls");
            ListenTls own = plain ? null : tls == null ? ListenTls.SELF_SIGNED_ONLY : tls;
            return new AnyTls(listening, v.find(USERS), v.find(ALLOW_PRIVATE), own, v.get(UDP_FILTER), v.get(AUTHENTICATION),
                    v.get(STREAMS), scheme, v.find(FALLBACK));
        }

        private static Forward forward(Values v) {
            List<Network> networks = v.get(NETWORK);
            ListenTls tls = v.find(TLS);
            if (tls != null && networks.contains(Network.UDP)) {
                v.fault(TLS, "TLS is for TCP only: remove 'tls' or 'network: udp'");
            }
            Listening listening = listening(v, "forward");
            return new Forward(listening, v.get(TO), networks, tls);
        }

        private static Listening listening(Values v, String type) {
            List<UserConfig.Entry> users = v.find(USERS);
            if (users != null) {
                users.forEach(entry -> UserConfig.note(entry, v.reading()));
            }
            String own = v.find(NAME);
            List<Placed<InetSocketAddress>> addresses = v.find(LISTEN);
            String name = own;
            if (name == null) {
                String base = addresses == null || addresses.isEmpty()
                        ? type
                        : type + "-" + addresses.getFirst().value().getPort();
                name = base;
                for (int n = 2; v.reading().declared("inbound").containsKey(name); n++) {
                    name = base + "-" + n;
                }
            }
            v.reading().declare("inbound", new Placed<>(name, v.place(NAME)));
            if (addresses != null && addresses.isEmpty()) {
                v.fault(LISTEN, "the list is empty: give at least one address:port");
            }
            List<String> headersFrom = v.find(PROXY_PROTOCOL);
            return new Listening(name, v.get(LISTEN), v.get(ALLOW_FROM), headersFrom == null ? List.of() : headersFrom,
                    v.find(LIMITS));
        }
    }
}
