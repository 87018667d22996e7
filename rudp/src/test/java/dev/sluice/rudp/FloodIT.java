package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.testkit.ChildJvm;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Strangers by the thousand, over real sockets: what they cost those who are there already. */
@Tag("full")
@Timeout(400)
class FloodIT {
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int CLIENTS = 7;

    /** In a process with the compiler and without leak detection, as programs run. */
    @Test
    void aFloodOfFirstPacketsLeavesConnectionsFourFifthsOfTheirSpeed(@TempDir Path directory) throws Exception {
        Path out = directory.resolve("out");
        Process process = ChildJvm.full(FloodCost.class).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        try {
            boolean ended = process.waitFor(300, TimeUnit.SECONDS);
            String said = Files.readString(out);
            assertThat(ended).as(said).isTrue();
            assertThat(said).contains("left ");
            String result = said.substring(said.lastIndexOf("left ") + "left ".length());
            assertThat(Double.parseDouble(result.substring(0, result.indexOf(' ')))).as(result).isGreaterThanOrEqualTo(0.8);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Their first packets are a few among ten thousand; what is bounded is the handshake, by its own time-out. */
    @Test
    void clientsComeInDuringAFlood() throws Exception {
        RudpConfig config = RudpConfig.builder().build();
        try (RudpServer server = RudpServer.bind(ANY, config);
                Flood flood = new Flood(server.address(), Flood.firstPacket(server.key()))) {
            await().until(() -> flood.sent.get() > Flood.PER_SECOND / 2);
            for (int i = 0; i < CLIENTS; i++) {
                try (RudpConnection client = RudpClient.connect(server.address(), config)) {
                    client.openStream().write(new byte[]{(byte) i}, 0, 1);
                    assertThat(server.accept().acceptStream().input().read()).isEqualTo(i);
                }
            }
        }
    }
}
