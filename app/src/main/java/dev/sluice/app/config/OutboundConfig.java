package dev.sluice.app.config;

import dev.sluice.anytls.AnyTlsClientOptions;
import dev.sluice.core.Destination;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How targets are reached. */
public sealed interface OutboundConfig {

    /** How rules, counters and logs know it. */
    String name();

    /** Where it is written. */
    Place place();

    /** The outbounds that it is made of or reached through, where they are named. */
    default List<Placed<String>> references() {
        return List.of();
    }

    /** The PROXY protocol header that targets get. */
    enum ProxyProtocol {
        /** None. */
        NONE,
        /** Version 1, text. */
        V1,
        /** Version 2, binary. */
        V2
    }

    /** How {@code balance} picks. */
    enum Strategy {
        /** The member with the fewest. */
        LEAST_CONNECTIONS,
        /** The less busy of two at random. */
        RANDOM,
        /** Always the same for one source address. */
        SOURCE_HASH
    }

    /** What the next proxy speaks. */
    enum Protocol {
        /** HTTP CONNECT, and absolute form for plain requests. */
        HTTP,
        /** SOCKS 5. */
        SOCKS
    }

    /** Connects to targets itself, from {@code source} where it is given. */
    record Direct(String name, Place place, @Nullable InetAddress source,
            ProxyProtocol proxyProtocol) implements OutboundConfig {}

    /** Refuses. */
    record Block(String name, Place place) implements OutboundConfig {}

    /**
     * Another proxy.
     *
     * @param user null where it asks for none
     * @param password null where it asks for none
     * @param tls null for clear text
     * @param via the outbound through which it is reached; null for direct
     */
    record Proxy(String name, Place place, Protocol protocol, Destination server, @Nullable String user,
            @Nullable Secret password,
            @Nullable DialTls tls, @Nullable Placed<String> via) implements OutboundConfig {
        @Override
        public List<Placed<String>> references() {
            return via == null ? List.of() : List.of(via);
        }
    }

    /** How UDP goes through an AnyTLS server. */
    enum UdpMode {
        /** One stream for a flow, whose datagrams carry their addresses. */
        PACKET,
        /** One stream for each target: for servers that know nothing else. */
        CONNECT
    }

    /**
     * An AnyTLS server.
     *
     * @param tls how its certificate is checked
     * @param options sessions and their times, and how UDP goes
     * @param via the outbound through which it is reached; null for direct
     */
    record AnyTls(String name, Place place, Destination server, Secret password, DialTls tls, AnyTlsClientOptions options,
            @Nullable Placed<String> via) implements OutboundConfig {
        @Override
        public List<Placed<String>> references() {
            return via == null ? List.of() : List.of(via);
        }
    }

    /**
     * A server of reliable UDP.
     *
     * @param secret what both ends know
     * @param key the server's key; null where it is remembered at first use
     */
    record Rudp(String name, Place place, Destination server, Secret secret, @Nullable PublicKey key,
            RudpOptions options) implements OutboundConfig {}

    /**
     * How members are tried out.
     *
     * @param target what is connected to
     * @param path what is asked for there; null where the connection is the proof
     */
    record Probe(Destination target, @Nullable String path, Duration interval, Duration timeout) {}

    /**
     * Several outbounds.
     *
     * @param strategy how one is picked; null for the first that works (failover)
     * @param probe null for none
     */
    record Group(String name, Place place, List<Placed<String>> members, @Nullable Strategy strategy, @Nullable Probe probe)
            implements
                OutboundConfig {
        @Override
        public List<Placed<String>> references() {
            return members;
        }
    }

    /** The keys of an outbound. */
    final class Keys {
        private static final Key<Placed<String>> NAME = Key.required("name", Scalars.PLACED_NAME, "How rules and logs know it.");
        private static final Key<InetAddress> SOURCE = Key.optional("source-address", Scalars.ADDRESS,
                "Address of this machine that connections leave from.");
        private static final Key<ProxyProtocol> PROXY_PROTOCOL = Key.of("proxy-protocol", Scalars.oneOf(ProxyProtocol.class),
                "none",
                "Tell TCP targets who the client is: v1 or v2.");
        private static final Key<Destination> SERVER = Key.required("server", Scalars.SERVER, "Host and port of the proxy.");
        private static final Key<String> USER = Key.optional("user", ScalarType.of("user name", Map.of("type", "string"),
                UserConfig::userName), "Name for the proxy.");
        private static final Key<Secret> PASSWORD = Key.optional("password", Scalars.SECRET,
                "Password for the proxy; env:NAME or file:PATH keep it out of the file.");
        private static final Key<DialTls> TLS = Key.optional("tls", DialTls.TYPE, "TLS to the proxy.");
        private static final Key<Placed<String>> VIA = Key.optional("via", Scalars.PLACED_NAME,
                "Outbound through which the proxy itself is reached: a chain.");
        private static final Key<List<Placed<String>>> MEMBERS = Key.required("outbounds", ListType.of(Scalars.PLACED_NAME),
                "Names of the members; for failover in order of preference.");
        private static final Key<Strategy> STRATEGY = Key.of("strategy", Scalars.oneOf(Strategy.class), "least-connections",
                "How a member is picked: the fewest connections, the less busy of two at random, or always the same for a source address.");
        private static final Key<Destination> TARGET = Key.required("target", Scalars.SERVER, "What is connected to.");
        private static final Key<String> PATH = Key.optional("path", Scalars.TEXT,
                "Path of a HEAD request that must be answered with 2xx or 3xx; without it the connection is the proof.");
        private static final Key<Duration> INTERVAL = Key.of("interval", Scalars.DURATION_TYPE, "30s",
                "From one probe to the next.");
        private static final Key<Duration> TIMEOUT = Key.of("timeout", Scalars.DURATION_TYPE, "5s", "Limit for one probe.");
        private static final Key<Probe> PROBE = Key.optional("probe",
                new ObjectType<>("'probe'", List.of(TARGET, PATH, INTERVAL, TIMEOUT),
                        v -> new Probe(v.get(TARGET), v.find(PATH), v.get(INTERVAL), v.get(TIMEOUT))),
                "Try every member now and then.");

        private static final AnyTlsClientOptions SESSIONS = AnyTlsClientOptions.DEFAULT;
        private static final Key<Destination> SERVER_443 = Key.required("server", Scalars.SERVER_443,
                "Host of the server, and its port unless that is 443.");
        private static final Key<Secret> SECRET = Key.required("password", Scalars.SECRET,
                "The password; env:NAME or file:PATH keep it out of the file.");
        private static final Key<DialTls> CHECKS = Key.optional("tls", DialTls.TYPE, "How the server's certificate is checked.");
        private static final Key<String> CLIENT = Key.optional("client", Scalars.TEXT,
                "The program that the server is told; nothing where it is absent. Some servers let only some in.");
        private static final Key<Integer> STREAMS = Key.of("streams-per-session", Scalars.integer(1, 100_000),
                Integer.toString(SESSIONS.streamsPerSession()), "Streams that one session carries at the same time.");
        private static final Key<Boolean> REUSE = Key.of("reuse", Scalars.BOOLEAN, Boolean.toString(SESSIONS.reuse()),
                "Whether a session carries another stream when one has ended; false for servers that do not bear it.");
        private static final Key<Integer> MIN_IDLE = Key.of("min-idle", Scalars.integer(0, 10_000),
                Integer.toString(SESSIONS.minIdle()), "Idle sessions that are kept, and opened at the start.");
        private static final Key<Duration> IDLE_CHECK = duration("idle-check", SESSIONS.idleCheck(),
                "How often idle sessions are looked at.");
        private static final Key<Duration> IDLE_TIMEOUT = duration("idle-timeout", SESSIONS.idleTimeout(),
                "How long a session may be idle.");
        private static final Key<Duration> MAX_AGE = duration("max-age", SESSIONS.maxAge(),
                "After this, less up to a quarter at random, a session takes no new streams.");
        private static final Key<Duration> HEARTBEAT = duration("heartbeat", SESSIONS.heartbeat(),
                "How often an idle session is asked whether it lives.");
        private static final Key<Duration> ANSWER = duration("answer-timeout", SESSIONS.answer(),
                "How long the server may take to answer a new stream.");
        private static final Key<Duration> HANDSHAKE = duration("handshake-timeout", SESSIONS.handshake(), "Limit for TLS.");
        private static final Key<UdpMode> UDP = Key.of("udp", Scalars.oneOf(UdpMode.class), "packet",
                "packet: one stream for a flow; connect: one for each target, for servers that know nothing else.");

        private static final Key<Secret> SHARED = Key.required("secret", Scalars.SECRET,
                "What both ends know; env:NAME or file:PATH keep it out of the file.");
        private static final Key<PublicKey> SERVER_KEY = Key.optional("key",
                ScalarType.of("server key", Map.of("type", "string"), PublicKey::parse),
                "The server's key, as it prints it; otherwise it is remembered at first use and must stay the same.");

        static final Type<OutboundConfig> TYPE = new VariantType<>("an outbound", variants());

        private Keys() {}

        private static Map<String, ObjectType<? extends OutboundConfig>> variants() {
            Map<String, ObjectType<? extends OutboundConfig>> all = new LinkedHashMap<>();
            variant(all, "direct", "Connects to targets itself.", List.of(SOURCE, PROXY_PROTOCOL),
                    (name, v) -> new Direct(name, v.place(), v.find(SOURCE), v.get(PROXY_PROTOCOL)));
            variant(all, "block", "Refuses.", List.of(), (name, v) -> new Block(name, v.place()));
            variant(all, "http", "Another HTTP proxy.", List.of(SERVER, USER, PASSWORD, TLS, VIA),
                    (name, v) -> proxy(name, v, Protocol.HTTP));
            variant(all, "socks", "Another SOCKS 5 proxy.", List.of(SERVER, USER, PASSWORD, VIA),
                    (name, v) -> proxy(name, v, Protocol.SOCKS));
            variant(all, "anytls", "An AnyTLS server.",
                    List.of(SERVER_443, SECRET, CHECKS, VIA, CLIENT, STREAMS, REUSE, MIN_IDLE, IDLE_CHECK, IDLE_TIMEOUT, MAX_AGE,
                            HEARTBEAT, ANSWER, HANDSHAKE, UDP),
                    (name, v) -> anyTls(name, v));
            List<Key<?>> rudp = new ArrayList<>(List.of(SERVER, SHARED, SERVER_KEY));
            rudp.addAll(RudpOptions.KEYS);
            variant(all, "rudp", "A server of reliable UDP.", rudp,
                    (name, v) -> new Rudp(name, v.place(), v.get(SERVER), v.get(SHARED), v.find(SERVER_KEY), RudpOptions.of(v)));
            variant(all, "failover", "The first of its members that works.", List.of(MEMBERS, PROBE),
                    (name, v) -> group(name, v, null));
            variant(all, "balance", "Spreads connections over its members.", List.of(MEMBERS, STRATEGY, PROBE),
                    (name, v) -> group(name, v, v.get(STRATEGY)));
            return all;
        }

        /** Builds an outbound of its name and values. */
        private interface Builder {
            OutboundConfig build(String name, Values v);
        }

        private static void variant(Map<String, ObjectType<? extends OutboundConfig>> all, String word, String doc,
                List<Key<?>> own,
                Builder builder) {
            List<Key<?>> keys = new ArrayList<>(List.of(Key.required("type", Scalars.word(word), doc), NAME));
            keys.addAll(own);
            all.put(word, new ObjectType<OutboundConfig>("an outbound of type " + word, List.copyOf(keys), v -> {
                Placed<String> name = v.get(NAME);
                v.reading().declare("outbound", name);
                return builder.build(name.value(), v);
            }));
        }

        private static Key<Duration> duration(String name, Duration fallback, String doc) {
            return Key.of(name, Scalars.DURATION_TYPE, fallback.toSeconds() + "s", doc);
        }

        private static AnyTls anyTls(String name, Values v) {
            v.reading().refer("outbound", v.find(VIA));
            String client = v.find(CLIENT);
            DialTls tls = v.find(CHECKS);
            AnyTlsClientOptions options = new AnyTlsClientOptions(client == null ? "" : client, v.get(STREAMS), v.get(REUSE),
                    v.get(MIN_IDLE), v.get(IDLE_CHECK), v.get(IDLE_TIMEOUT), v.get(MAX_AGE), v.get(HEARTBEAT), v.get(ANSWER),
                    v.get(HANDSHAKE), v.get(UDP) == UdpMode.CONNECT);
            return new AnyTls(name, v.place(), v.get(SERVER_443), v.get(SECRET), tls == null ? DialTls.DEFAULT : tls, options,
                    v.find(VIA));
        }

        private static Proxy proxy(String name, Values v, Protocol protocol) {
            v.reading().refer("outbound", v.find(VIA));
            if (v.has(USER) != v.has(PASSWORD)) {
                v.reading().fault(v.place(),
                        v.has(USER) ? "'user' needs 'password' beside it" : "'password' needs 'user' beside it");
            }
            return new Proxy(name, v.place(), protocol, v.get(SERVER), v.find(USER), v.find(PASSWORD), v.find(TLS), v.find(VIA));
        }

        private static Group group(String name, Values v, @Nullable Strategy strategy) {
            List<Placed<String>> members = v.get(MEMBERS);
            members.forEach(member -> v.reading().refer("outbound", member));
            if (members.isEmpty()) {
                v.fault(MEMBERS, "the list is empty: name at least one outbound");
            }
            return new Group(name, v.place(), members, strategy, v.find(PROBE));
        }
    }
}
