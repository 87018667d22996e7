package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.Connection;
import dev.sluice.rudp.protocol.ConnectionConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Bytes through a connection on friendly paths. */
class TransferTest {
    static final ConnectionConfig CONFIG = new ConnectionConfig.Builder().congestion(SlowStartOnly::new).build();

    @Test
    void bytesGoBothWaysAndEndOnce() {
        Simulation simulation = new Simulation(1, CONFIG);
        Flow.Source source = new Flow.Source(1, 300_000, 200_000);
        Connection connection = simulation.connect(source);
        assertThat(simulation.run(Duration.ofSeconds(20), source::finished)).as(() -> connection.stats().toString()).isTrue();
        assertThat(source.received).isEqualTo(200_000);
        assertThat(source.ends).isEqualTo(1);
        System.out.println(simulation.now() + " " + connection.stats());
    }
}
