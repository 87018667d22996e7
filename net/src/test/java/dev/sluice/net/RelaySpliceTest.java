package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.core.CloseReason.Kind;
import dev.sluice.net.splice.Pipe;
import dev.sluice.net.splice.PipePool;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What only splicing has: pipes. */
class RelaySpliceTest {
    private static final RelayOptions OPTIONS = new RelayOptions(Duration.ofMinutes(5), Duration.ofSeconds(2),
            Duration.ofSeconds(1), true);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void onLinux() {
        assumeTrue(EventLoops.unavailable(Transport.EPOLL) == null);
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    private static int lent(RelayRig rig) throws Exception {
        int lent = 0;
        for (EventLoop loop : rig.loops.all()) {
            lent += loop.submit(() -> PipePool.ofLoop().lent()).get();
        }
        return lent;
    }

    @Test
    void aQuietStreamHoldsNoPipe() throws Exception {
        try (RelayRig rig = new RelayRig(Transport.EPOLL, OPTIONS); RelayRig.Open open = rig.open()) {
            for (int i = 0; i < 20; i++) {
                open.client().getOutputStream().write(RelayTest.bytes(100_000, i));
                assertThat(open.target().getInputStream().readNBytes(100_000)).isEqualTo(RelayTest.bytes(100_000, i));
                open.target().getOutputStream().write(i);
                assertThat(open.client().getInputStream().read()).isEqualTo(i);
            }
            await().untilAsserted(() -> assertThat(lent(rig)).isZero());
        }
    }

    @Test
    void withoutPipesItGoesOnByCopying() throws Exception {
        try (RelayRig rig = new RelayRig(Transport.EPOLL, OPTIONS); RelayRig.Open open = rig.open()) {
            EventLoop loop = open.relay().client().eventLoop();
            Future<Long> got = threads.submit(() -> RelayTest.hashOf(open.target().getInputStream()));
            Future<Long> sent = threads.submit(() -> RelayTest.send(open.client(), 200 << 20, 1));
            List<Pipe> taken = new ArrayList<>();
            for (int i = 0; i < 20; i++) { // pipes come and go under the stream
                loop.submit(() -> {
                    for (Pipe pipe = PipePool.ofLoop().take(); pipe != null; pipe = PipePool.ofLoop().take()) {
                        taken.add(pipe);
                    }
                }).get();
                loop.submit(() -> {
                    taken.forEach(PipePool.ofLoop()::give);
                    taken.clear();
                }).get();
            }
            open.target().shutdownOutput();
            assertThat(got.get()).isEqualTo(sent.get());
            RelayResult result = open.relay().result();
            assertThat(result.up()).isEqualTo(200 << 20);
            assertThat(result.reason().kind()).isEqualTo(Kind.FINISHED);
            await().untilAsserted(() -> assertThat(lent(rig)).isZero());
        }
    }

    /** A kernel, or a sandbox around it, without splice: here it says no because what it is given is no pipe. */
    @Test
    void whereTheKernelRefusesToSpliceBytesAreCopied() throws Exception {
        try (RelayRig rig = new RelayRig(Transport.EPOLL, OPTIONS); RelayRig.Open open = rig.open()) {
            EventLoop loop = open.relay().client().eventLoop();
            Pipe refused = new Pipe(FileDescriptor.from("/dev/null"), FileDescriptor.from("/dev/null"));
            loop.submit(() -> PipePool.ofLoop().give(refused)).get();
            Future<Long> got = threads.submit(() -> RelayTest.hashOf(open.target().getInputStream()));
            long sent = RelayTest.send(open.client(), 50 << 20, 1);
            assertThat(got.get()).isEqualTo(sent);
            open.target().shutdownOutput();
            RelayResult result = open.relay().result();
            assertThat(result.up()).isEqualTo(50 << 20);
            assertThat(result.reason().kind()).isEqualTo(Kind.FINISHED);
            assertThat(loop.submit(() -> PipePool.ofLoop().lent()).get()).as("no real pipe was opened, the other one is back")
                    .isEqualTo(-1);
            assertThat(loop.submit(() -> PipePool.ofLoop().take()).get()).isSameAs(refused);
            refused.readEnd().close();
            refused.writeEnd().close();
        }
    }

    @Test
    void anOrdinaryUserWithoutPagesForPipesIsServed() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"), OrdinaryUser.class.getName()).redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
            assertThat(said).endsWith("lent 0\nlent 0\nok\n").doesNotContain("then 1048576");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void noDescriptorStaysBehind() throws Exception {
        resetRelays(1); // what the machine opens once: libraries, the pool's threads
        int before = descriptors();
        resetRelays(9);
        await().untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(before));
    }

    private void resetRelays(int count) throws Exception {
        try (RelayRig rig = new RelayRig(Transport.EPOLL, OPTIONS)) {
            for (int i = 0; i < count; i++) {
                try (RelayRig.Open open = rig.open()) {
                    Future<?> sender = threads.submit(() -> RelayTest.send(open.target(), 100 << 20, 1));
                    open.client().getInputStream().readNBytes(1 << 20);
                    RelayRig.Open.reset(i % 5 == 4 ? open.target() : open.client());
                    assertThat(open.relay().result().reason().kind().abrupt()).isTrue();
                    await().until(sender::isDone);
                }
            }
            assertThat(lent(rig)).isZero();
        }
    }

    private static int descriptors() {
        String[] all = new File("/proc/self/fd").list();
        return all == null ? 0 : all.length;
    }
}
