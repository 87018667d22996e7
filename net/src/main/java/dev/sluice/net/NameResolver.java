package dev.sluice.net;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.net.dial.Family;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsErrorCauseException;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsNameResolverChannelStrategy;
import io.netty.resolver.dns.NoopAuthoritativeDnsServerCache;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Names into addresses, for one event loop: the hosts file, then what is known already, then the DNS servers.
 *
 * <p>Netty's resolver asks the servers, once for each family because the race of {@link Dial} starts with the answer that comes
 * first. Every look-up has a socket of its own, so that its port cannot be guessed (RFC 5452 §9.2). A server that stays silent is
 * asked again until the time for the name is over; those who want the same name at the same time share one look-up.
 */
final class NameResolver {
    /** Look-ups that may run at the same time: each one has a descriptor. */
    private static final int MAX_LOOKUPS = 512;
    private static final int MAX_ADDRESSES = 8;
    private static final int MAX_QUERIES = 16;

    /** What is known about one family of addresses of a name. */
    sealed interface Answer {
        /** At least one address. */
        record Found(List<InetAddress> addresses) implements Answer {}

        /** None, in words that fit behind the name. */
        record Missing(Failure failure, String words) implements Answer {}
    }

    private record Dns(DnsNameResolver resolver, DnsTtlCache cache) {}

    private record Question(String name, Family family) {}

    private final EventLoop loop;
    private final Function<String, List<InetAddress>> hosts;
    private final DialObserver observer;
    private final Duration limit;
    private final EventLoops loops;
    private final DialOptions options;
    private final Map<Family, Dns> dns = new EnumMap<>(Family.class);
    private final Map<Question, Lookup> running = new HashMap<>();
    private boolean closed;

    NameResolver(EventLoops loops, EventLoop loop, DialOptions options, Function<String, List<InetAddress>> hosts,
            DialObserver observer) {
        this.loop = loop;
        this.hosts = hosts;
        this.observer = observer;
        this.limit = options.resolve();
        this.loops = loops;
        this.options = options;
    }

    /**
     * Made when the first name is asked for: much is loaded for it, and many a proxy never needs it. That reads the system's
     * resolver configuration, a file of a few lines, once.
     */
    private Dns dns(Family family) {
        return dns.computeIfAbsent(family, f -> {
            DnsTtlCache cache = new DnsTtlCache(() -> loop.ticker().nanoTime());
            DnsNameResolverBuilder builder = new DnsNameResolverBuilder(loop).datagramChannelType(loops.datagram())
                    .socketChannelType(loops.socket())
                    .datagramChannelStrategy(DnsNameResolverChannelStrategy.ChannelPerResolution)
                    .queryTimeoutMillis(Math.max(100, limit.toMillis() * 2 / 5)).maxQueriesPerResolve(MAX_QUERIES)
                    .resolvedAddressTypes(f == Family.IPV6 ? ResolvedAddressTypes.IPV6_ONLY : ResolvedAddressTypes.IPV4_ONLY)
                    .resolveCache(cache).cnameCache(NoopDnsCnameCache.INSTANCE)
                    .authoritativeDnsServerCache(NoopAuthoritativeDnsServerCache.INSTANCE)
                    .hostsFileEntriesResolver((name, types) -> null);
            if (!options.servers().isEmpty()) {
                builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(options.servers()));
            }
            return new Dns(builder.build(), cache);
        });
    }

    /** The addresses of one family; never fails, but may be cancelled, which ends a look-up that nobody else waits for. On the loop. */
    Future<Answer> resolve(String name, Family family) {
        Promise<Answer> promise = loop.newPromise();
        List<InetAddress> known = fixed(name);
        if (!known.isEmpty()) {
            return promise.setSuccess(found(known.stream().filter(a -> Family.of(a) == family).toList()));
        }
        Question question = new Question(name, family);
        Lookup lookup = running.get(question);
        if (lookup == null) {
            if (closed || running.size() >= MAX_LOOKUPS) {
                return promise.setSuccess(new Answer.Missing(Failure.LIMIT, "too many names are being looked up"));
            }
            lookup = new Lookup(question);
            running.put(question, lookup);
            lookup.join(promise);
            lookup.ask();
        } else {
            lookup.join(promise);
        }
        return promise;
    }

    /** What needs no server: the hosts file, and {@code localhost} and the names below it (RFC 6761 §6.3). */
    private List<InetAddress> fixed(String name) {
        List<InetAddress> written = hosts.apply(name);
        if (written.isEmpty() && (name.equals("localhost") || name.endsWith(".localhost"))) {
            return List.of(NetUtil.LOCALHOST6, NetUtil.LOCALHOST4);
        }
        return written;
    }

    private static Answer found(List<InetAddress> addresses) {
        return addresses.isEmpty()
                ? new Answer.Missing(Failure.NAME_NOT_RESOLVED, "no address")
                : new Answer.Found(addresses.subList(0, Math.min(MAX_ADDRESSES, addresses.size())));
    }

    /** Ends every look-up. On the loop. */
    void close() {
        closed = true;
        List.copyOf(running.values())
                .forEach(l -> l.end(new Answer.Missing(Failure.CANCELLED, "the resolver is closed")));
        dns.values().forEach(d -> d.resolver.close());
    }

    /** One question that is on its way. */
    private final class Lookup {
        private final Question question;
        private final long began = System.nanoTime();
        private final Set<Promise<Answer>> waiting = new LinkedHashSet<>();
        private final ScheduledFuture<?> timer;
        private @Nullable Future<List<InetAddress>> query;
        private boolean asked;
        private boolean ended;

        private Lookup(Question question) {
            this.question = question;
            this.timer = loop.schedule(() -> end(silence()), limit.toNanos(), TimeUnit.NANOSECONDS);
        }

        private void join(Promise<Answer> promise) {
            waiting.add(promise);
            promise.addListener(f -> {
                if (f.isCancelled()) {
                    waiting.remove(promise);
                    if (waiting.isEmpty()) {
                        end(new Answer.Missing(Failure.CANCELLED, "nobody waits"));
                    }
                }
            });
        }

        private void ask() {
            Future<List<InetAddress>> one = dns(question.family).resolver.resolveAll(question.name, List.of());
            query = one;
            asked |= !one.isDone();
            one.addListener((Future<List<InetAddress>> f) -> answered(f));
        }

        private void answered(Future<List<InetAddress>> f) {
            if (ended) {
                return;
            }
            if (f.isSuccess()) {
                end(found(f.getNow()));
            } else if (DnsNameResolver.isTimeoutError(f.cause())) {
                loop.execute(() -> { // not from within Netty's own end of the query
                    if (!ended) {
                        ask();
                    }
                });
            } else {
                end(missing(f.cause()));
            }
        }

        private Answer missing(Throwable cause) {
            return switch (cause.getCause()) {
                case DnsErrorCauseException e -> {
                    if (e.getCode().equals(DnsResponseCode.NXDOMAIN)) {
                        dns(question.family).cache.missing(question.name, cause);
                        yield new Answer.Missing(Failure.NAME_NOT_RESOLVED, "no such name");
                    }
                    yield new Answer.Missing(Failure.DNS_ERROR, "the DNS server answered " + e.getCode());
                }
                case null -> new Answer.Missing(Failure.NAME_NOT_RESOLVED, "no address");
                default -> new Answer.Missing(Failure.DNS_ERROR, "the DNS server cannot be asked");
            };
        }

        private Answer silence() {
            return new Answer.Missing(Failure.DNS_ERROR, "no answer from the DNS server within " + limit.toMillis() + " ms");
        }

        private void end(Answer answer) {
            if (ended) {
                return;
            }
            ended = true;
            running.remove(question);
            timer.cancel(false);
            if (query != null) {
                query.cancel(false);
            }
            if (asked) {
                observer.resolved(question.name, Duration.ofNanos(System.nanoTime() - began),
                        answer instanceof Answer.Missing m ? m.failure : null);
            }
            List.copyOf(waiting).forEach(p -> p.trySuccess(answer));
        }
    }
}
