package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsTtlCacheTest {
    private static final DnsRecord[] NONE = {};

    private long now;
    private final DnsTtlCache cache = new DnsTtlCache(() -> now);
    private final EventLoop loop = new DefaultEventLoop();

    @AfterEach
    void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private void learn(String name, String address, long ttl) {
        cache.cache(name, NONE, InetAddress.ofLiteral(address), ttl, loop);
    }

    private List<InetAddress> known(String name) {
        List<? extends DnsCacheEntry> entries = cache.get(name, NONE);
        return entries == null
                ? List.of()
                : entries.stream().map(e -> Objects.requireNonNull(e.address())).toList();
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void anAnswerLivesAsLongAsItsShortestRecord() {
        learn("a.test", "192.0.2.1", 60);
        learn("A.test.", "192.0.2.2", 30);
        learn("a.test", "192.0.2.1", 60);
        assertThat(known("a.test")).containsExactly(InetAddress.ofLiteral("192.0.2.1"), InetAddress.ofLiteral("192.0.2.2"));
        pass(Duration.ofSeconds(29));
        assertThat(known("a.test")).hasSize(2);
        pass(Duration.ofSeconds(1));
        assertThat(known("a.test")).isEmpty();
        assertThat(cache.size()).isZero();
    }

    @Test
    void timesToLiveHaveBounds() {
        learn("zero.test", "192.0.2.1", 0);
        learn("ever.test", "192.0.2.1", Integer.MAX_VALUE);
        assertThat(known("zero.test")).as("at least a second").hasSize(1);
        pass(Duration.ofSeconds(1));
        assertThat(known("zero.test")).isEmpty();
        pass(Duration.ofHours(1));
        assertThat(known("ever.test")).as("at most an hour").isEmpty();
    }

    @Test
    void aMissingNameIsRememberedShortly() {
        UnknownHostException cause = new UnknownHostException("no");
        cache.missing("no.test", cause);
        assertThat(Objects.requireNonNull(cache.get("no.test", NONE)).getFirst().cause()).isSameAs(cause);
        learn("no.test", "192.0.2.1", 60);
        assertThat(known("no.test")).as("an answer replaces it").hasSize(1);
        cache.missing("other.test", cause);
        pass(Duration.ofSeconds(10));
        assertThat(cache.get("other.test", NONE)).isNull();
    }

    @Test
    void namesAndAddressesAreBounded() {
        learn("first.test", "192.0.2.1", 60);
        for (int i = 0; i < 5_000; i++) {
            learn("n" + i + ".test", "192.0.2.1", 60);
            if (i % 100 == 0) {
                assertThat(known("first.test")).as("used, so kept").hasSize(1);
            }
        }
        assertThat(cache.size()).isEqualTo(4_096);
        assertThat(known("n0.test")).isEmpty();
        for (int i = 0; i < 100; i++) {
            learn("wide.test", "192.0.2." + i, 60);
        }
        assertThat(known("wide.test")).hasSize(32);
    }
}
