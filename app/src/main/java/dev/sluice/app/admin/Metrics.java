package dev.sluice.app.admin;

import dev.sluice.core.ConnectionTable;
import dev.sluice.core.Traffic;
import dev.sluice.proxy.OutboundHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * The page {@code /metrics}: what {@link Tally} and the connection table have counted, in Prometheus' text by Micrometer. Made when
 * it is asked for first, because the library costs start-up time and memory. One thread at a time.
 */
final class Metrics {
    private static final String STRANGERS = "Datagrams of no connection that began none";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Set<RudpTally.Label> rudp = new HashSet<>();
    private final Tally tally;
    private final ConnectionTable table;
    private final Supplier<List<OutboundHealth>> health;

    Metrics(Tally tally, ConnectionTable table, LoopLag lag, Supplier<List<OutboundHealth>> health,
            Supplier<Number> droppedLines) {
        this.tally = tally;
        this.table = table;
        this.health = health;
        Gauge.builder("sluice.connections.open", table, ConnectionTable::size).description("Connections and exchanges alive")
                .register(registry);
        Gauge.builder("sluice.udp.flows.open", tally, Tally::udpFlows).description("UDP flows of forwarded ports alive")
                .register(registry);
        Gauge.builder("sluice.anytls.sessions.open", tally, Tally::anyTlsSessions).description("AnyTLS sessions of clients alive")
                .register(registry);
        Gauge.builder("sluice.anytls.streams.open", tally, Tally::anyTlsStreams).description("Streams of AnyTLS clients alive")
                .register(registry);
        FunctionCounter.builder("sluice.log.lines.dropped", droppedLines, s -> s.get().doubleValue())
                .description("Log lines that found no room because the output is too slow").register(registry);
        for (int i = 0; i < lag.size(); i++) {
            int loop = i;
            Gauge.builder("sluice.event.loop.lag", lag, l -> l.seconds(loop)).tag("loop", Integer.toString(i)).baseUnit("seconds")
                    .description("How late an event loop ran a task that was due").register(registry);
        }
        buffers();
        histogram("sluice_connect_seconds", "Time to connect to a target, name resolution included", tally.connectTimes());
        histogram("sluice_resolve_seconds", "Time to look a name up with the DNS servers", tally.resolveTimes());
        histogram("sluice_handshake_seconds", "Time until a client has said what it wants", tally.handshakeTimes());
        histogram("sluice_anytls_answer_seconds", "Time from the SYN of an AnyTLS stream to its answer", tally.answerTimes());
        registry.getPrometheusRegistry().register(this::roundTrips);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
    }

    private void buffers() {
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider) {
            ByteBufAllocatorMetric metric = provider.metric();
            Gauge.builder("sluice.buffer.memory", metric, ByteBufAllocatorMetric::usedDirectMemory).tag("kind", "direct")
                    .baseUnit("bytes").description("Memory that the buffer allocator holds").register(registry);
            Gauge.builder("sluice.buffer.memory", metric, ByteBufAllocatorMetric::usedHeapMemory).tag("kind", "heap")
                    .baseUnit("bytes").description("Memory that the buffer allocator holds").register(registry);
        }
    }

    private void histogram(String name, String help, Histogram times) {
        registry.getPrometheusRegistry().register(() -> HistogramSnapshot.builder().name(name).help(help)
                .dataPoint(point(times, Labels.EMPTY)).build());
    }

    /** The page as it is now. */
    String page() {
        tally.counters().forEach(this::counter);
        bytes("inbound", table.inbounds());
        bytes("outbound", table.outbounds());
        bytes("user", table.users());
        tally.rudp().forEach((label, sums) -> {
            if (rudp.add(label)) {
                rudp(label, sums);
            }
        });
        for (OutboundHealth each : health.get()) {
            Gauge.builder("sluice.outbound.healthy", () -> healthy(each)).tags("group", each.group(), "member", each.member())
                    .description("1 where a member of a failover or balance is used, 0 while it rests").register(registry);
        }
        return registry.scrape();
    }

    private int healthy(OutboundHealth asked) {
        return health.get().stream()
                .anyMatch(h -> h.group().equals(asked.group()) && h.member().equals(asked.member()) && h.healthy()) ? 1 : 0;
    }

    private void counter(Tally.Label label, LongAdder adder) {
        Tags tags = Tags.empty();
        if (!label.inbound().isEmpty()) {
            tags = tags.and("inbound", label.inbound());
        }
        if (!label.cause().isEmpty()) {
            tags = tags.and("cause", label.cause());
        }
        FunctionCounter.builder("sluice." + label.name(), adder, LongAdder::sum).tags(tags).register(registry);
    }

    private void rudp(RudpTally.Label label, RudpTally sums) {
        Tags tags = Tags.of("kind", label.kind(), "name", label.name());
        rudpLevel("connections.open", sums.open, "", "Connections of reliable UDP alive", tags);
        rudpLevel("congestion.window", sums.window, "bytes", "Bytes that connections may have in flight, in all", tags);
        rudpLevel("in.flight", sums.inFlight, "bytes", "Bytes that connections have in flight, in all", tags);
        rudpLevel("pacing.rate", sums.pacingRate, "", "Bytes per second at which connections would send, in all", tags);
        rudpLevel("delivery.rate", sums.deliveryRate, "", "Bytes per second that arrived when it was last measured, in all",
                tags);
        rudpCount("connections", sums.began, "Connections of reliable UDP that began", tags);
        rudpCount("bytes", sums.bytesSent, "Bytes of UDP payload", tags.and("direction", "sent"));
        rudpCount("bytes", sums.bytesReceived, "Bytes of UDP payload", tags.and("direction", "received"));
        rudpCount("packets", sums.packetsSent, "Packets", tags.and("direction", "sent"));
        rudpCount("packets", sums.packetsReceived, "Packets", tags.and("direction", "received"));
        rudpCount("packets.lost", sums.lost, "Packets taken for lost", tags);
        rudpCount("packets.late", sums.spurious, "Packets that arrived after they were taken for lost", tags);
        rudpCount("packets.dropped", sums.dropped, "Packets that were not genuine, or not new", tags);
        rudpCount("packets.repaired", sums.repaired, "Packets that came back by error correction", tags);
        rudpCount("retransmitted.bytes", sums.retransmittedBytes, "Bytes of streams that were sent again", tags);
        rudpCount("probe.timeouts", sums.probeTimeouts, "Times that the peer was asked because nothing came", tags);
        rudpCount("path.changes", sums.pathChanges, "Changes of address, of either end", tags);
        rudpCount("datagrams.dropped", sums.datagramsDropped, "Unreliable datagrams that found no room", tags);
        rudpCount("strangers", sums.strangersAnswered, STRANGERS, tags.and("verdict", "answered"));
        rudpCount("strangers", sums.strangersDropped, STRANGERS, tags.and("verdict", "dropped"));
    }

    private void rudpLevel(String name, LongAdder sum, String unit, String help, Tags tags) {
        Gauge.builder("sluice.rudp." + name, sum, LongAdder::sum).tags(tags).baseUnit(unit.isEmpty() ? null : unit)
                .description(help).register(registry);
    }

    private void rudpCount(String name, LongAdder sum, String help, Tags tags) {
        FunctionCounter.builder("sluice.rudp." + name, sum, LongAdder::sum).tags(tags).description(help).register(registry);
    }

    private HistogramSnapshot roundTrips() {
        HistogramSnapshot.Builder all = HistogramSnapshot.builder().name("sluice_rudp_rtt_seconds")
                .help("Round trip of each connection of reliable UDP in each second in which it heard something");
        tally.rudp().forEach((label, sums) -> all.dataPoint(point(sums.roundTrips(),
                Labels.of("kind", label.kind(), "name", label.name()))));
        return all.build();
    }

    private static HistogramSnapshot.HistogramDataPointSnapshot point(Histogram times, Labels labels) {
        return HistogramSnapshot.HistogramDataPointSnapshot.builder().labels(labels)
                .classicHistogramBuckets(ClassicHistogramBuckets.of(Histogram.bounds(), times.counts())).sum(times.sum()).build();
    }

    private void bytes(String kind, Map<String, Traffic.Total> totals) {
        totals.forEach((name, total) -> {
            FunctionCounter.builder("sluice." + kind + ".bytes", total, Traffic.Total::up).tags(kind, name, "direction", "up")
                    .description("Bytes carried").register(registry);
            FunctionCounter.builder("sluice." + kind + ".bytes", total, Traffic.Total::down).tags(kind, name, "direction", "down")
                    .description("Bytes carried").register(registry);
        });
    }
}
