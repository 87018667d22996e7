package dev.sluice.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import dev.sluice.net.EventLoops;
import dev.sluice.testkit.LeakWatch;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** The active probe, over real sockets. */
@ExtendWith(LeakWatch.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OutboundProbeIT {
    private final EventLoops loops = EventLoops.create();
    private final AtomicReference<String> answer = new AtomicReference<>("");
    private OutboundBed bed = new OutboundBed(loops);
    private ScriptedServer server = new ScriptedServer(this::answer);

    @BeforeEach
    void begin() {
        server.close();
        bed = new OutboundBed(loops);
        server = new ScriptedServer(this::answer);
    }

    @AfterEach
    void end() throws Exception {
        bed.close();
        server.close();
    }

    @AfterAll
    void closeLoops() throws Exception {
        loops.close().get(10, TimeUnit.SECONDS);
    }

    private void answer(Socket socket) throws IOException {
        String head = ScriptedServer.head(socket);
        if (head.startsWith("HEAD /health HTTP/1.1\r\nHost: 127.0.0.1:")) {
            ScriptedServer.say(socket, answer.get());
        }
        ScriptedServer.silence(socket);
    }

    private FailoverOutbound group(@Nullable String path) {
        HealthCheck.Probe probe = new HealthCheck.Probe(OutboundBed.tcp(server.port()), path, Duration.ofMillis(20),
                Duration.ofMillis(200));
        FailoverOutbound group = new FailoverOutbound("group", List.of(bed.direct), HealthCheck.DEFAULT.with(probe));
        group.start(bed.scope, bed.loop);
        return group;
    }

    private static boolean healthy(FailoverOutbound group) {
        return group.health().getFirst().healthy();
    }

    @Test
    void aConnectionIsProofWithoutAPath() throws Exception {
        FailoverOutbound group = group(null);
        OutboundBed.await().until(() -> server.connections() > 3);
        assertThat(healthy(group)).isTrue();
        server.close();
        OutboundBed.await().until(() -> !healthy(group));
    }

    @Test
    void aGoodStatusIsProofAndABadOneIsNot() throws Exception {
        answer.set("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
        FailoverOutbound group = group("/health");
        OutboundBed.await().until(() -> !healthy(group));
        answer.set("HTTP/1.1 302 There\r\nLocation: /\r\nContent-Length: 3\r\n\r\n");
        OutboundBed.await().until(() -> healthy(group));
    }

    @Test
    void silenceIsNoProof() throws Exception {
        answer.set("");
        FailoverOutbound group = group("/health");
        OutboundBed.await().until(() -> !healthy(group));
    }

    @Test
    void probesEndWithTheirScope() throws Exception {
        Scope server = bed.scope.child("server");
        HealthCheck.Probe probe = new HealthCheck.Probe(OutboundBed.tcp(this.server.port()), null, Duration.ofMillis(5),
                Duration.ofSeconds(5));
        new FailoverOutbound("group", List.of(bed.direct), HealthCheck.DEFAULT.with(probe)).start(server, bed.loop);
        OutboundBed.await().until(() -> bed.dialer.dials() > 3);
        server.close(CloseReason.shutdown("reload")).get(5, TimeUnit.SECONDS);
        bed.nothingOpen();
        int dials = bed.dialer.dials();
        bed.loop.schedule(() -> {}, 50, TimeUnit.MILLISECONDS).get(5, TimeUnit.SECONDS);
        assertThat(bed.dialer.dials()).isEqualTo(dials);
    }
}
