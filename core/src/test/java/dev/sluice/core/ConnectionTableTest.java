package dev.sluice.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.CloseReason.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
    private final ConnectionTable table = new ConnectionTable();

    private final SimulatedExecutors world = new SimulatedExecutors(1);
    private final SimulatedExecutors.Executor loop = world.add();

    private Connection connection(String user) {
        Connection c = Connections.to("a.example:1");
        return new Connection(c.id(), "in", user, c.source(), c.destination(), c.policy(), Scope.root("test", loop),
                table.traffic("in", user));
    }

    @Test
    void aConnectionIsShownWhileItsScopeLives() {
        Connection connection = connection("joe");
        table.enter(connection);
        Route route = new Route(Connections.outbound("far"), "rule 1");
        table.routed(connection, route);
        assertThat(table.live()).containsExactly(new ConnectionTable.Live(connection, route));
        assertThat(table.kick(connection.id(), "by the test")).isTrue();
        assertThat(table.kick(ConnectionId.next(), "by the test")).isFalse();
        world.runAll();
        assertThat(table.size()).isZero();
        assertThat(connection.scope().reason()).isNotNull().extracting(CloseReason::kind).isEqualTo(Kind.KICKED);
        table.routed(connection, route); // too late
        assertThat(table.size()).isZero();
    }

    @Test
    void aConnectionThatIsGoneAlreadyDoesNotStay() {
        Connection connection = connection("joe");
        connection.scope().close(CloseReason.finished());
        world.runAll();
        table.enter(connection);
        world.runAll();
        assertThat(table.size()).isZero();
    }

    @Test
    void bytesCountForEverybodyOnce() {
        Connection connection = connection("joe");
        connection.traffic().up(3);
        table.routed(connection, new Route(Connections.outbound("far"), "rule 1"));
        table.routed(connection, new Route(Connections.outbound("far"), "rule 1"));
        connection.traffic().up(4);
        connection.traffic().down(5);
        table.routed(connection, new Route(Connections.outbound("near"), "rule 2"));
        connection.traffic().down(6);
        assertThat(connection.traffic().up()).isEqualTo(7);
        assertThat(connection.traffic().down()).isEqualTo(11);
        assertThat(table.inbounds()).hasEntrySatisfying("in",
                t -> assertThat(List.of(t.up(), t.down())).containsExactly(7L, 11L));
        assertThat(table.users()).hasEntrySatisfying("joe", t -> assertThat(List.of(t.up(), t.down())).containsExactly(7L, 11L));
        assertThat(table.outbounds()).hasEntrySatisfying("far",
                t -> assertThat(List.of(t.up(), t.down())).containsExactly(7L, 5L));
        assertThat(table.outbounds()).hasEntrySatisfying("near",
                t -> assertThat(List.of(t.up(), t.down())).containsExactly(0L, 6L));
    }

    @Test
    void totalsOfTheRemovedAreForgotten() {
        Connection connection = connection("joe");
        connection("jack");
        table.routed(connection, new Route(Connections.outbound("far"), "default"));
        table.retain(Set.of("in"), Set.of(), Set.of("jack", "new"));
        connection.traffic().up(1);
        assertThat(table.users()).containsOnlyKeys("jack");
        assertThat(table.outbounds()).isEmpty();
        assertThat(table.inbounds()).containsOnlyKeys("in");
    }

    @Test
    void countsAreExactUnderConcurrency() throws InterruptedException {
        int threads = 4;
        int each = 20_000;
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            Traffic traffic = table.traffic("in", "joe");
            for (boolean up : new boolean[]{true, false}) { // each direction has its writer
                running.add(Thread.ofPlatform().start(() -> {
                    awaitStart(start);
                    for (int i = 0; i < each; i++) {
                        if (up) {
                            traffic.up(i % 3);
                        } else {
                            traffic.down(i % 3);
                        }
                    }
                }));
            }
        }
        start.countDown();
        for (Thread thread : running) {
            thread.join();
        }
        long expected = 0;
        for (int i = 0; i < each; i++) {
            expected += (long) threads * (i % 3);
        }
        long exact = expected;
        assertThat(table.users()).hasEntrySatisfying("joe",
                t -> assertThat(List.of(t.up(), t.down())).containsExactly(exact, exact));
    }

    private static void awaitStart(CountDownLatch start) {
        try {
            start.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
