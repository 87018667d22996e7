package dev.sluice.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.app.admin.UserSessions;
import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.server.Observers;
import dev.sluice.app.server.Server;
import dev.sluice.core.AccessLog;
import dev.sluice.core.Connection;
import dev.sluice.core.Route;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/** The program, started from a configuration in this process; its end checks that nothing is left. */
final class RunningProxy implements AutoCloseable {
    private final Server server;
    private final Ended log;

    private RunningProxy(Server server, Ended log) {
        this.server = server;
        this.log = log;
    }

    /** Starts what {@code yaml} asks for, below {@code directory}. */
    static RunningProxy start(Path directory, String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
        return start(directory, ConfigFile.read(file, Overrides.none(directory), Map.of()));
    }

    /** What {@code sluice run} with these {@code --listen} and {@code --via} does in {@code directory}. */
    static RunningProxy run(Path directory, List<String> listen, List<String> via, Map<String, String> environment)
            throws Exception {
        Overrides said = new Overrides(listen, via, "off", null, null, null, directory);
        return start(directory, ConfigFile.read(null, said, environment));
    }

    private static RunningProxy start(Path directory, Config config) throws Exception {
        Ended log = new Ended();
        return new RunningProxy(Server.start(config, Observers.of(log), directory), log);
    }

    /** One mixed listener on a free port of loopback. */
    static RunningProxy mixed(Path directory) throws Exception {
        return start(directory, "inbounds: [{type: mixed, name: in, listen: '127.0.0.1:0'}]\nadmin: off\n");
    }

    /** Takes what {@code yaml} asks for over, as a changed file would be. */
    void reload(Path directory, String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
        server.reload(ConfigFile.read(file, Overrides.none(directory), Map.of()));
    }

    /** Where the inbound {@code name} listens. */
    int port(String name) {
        return Objects.requireNonNull(server.listening().get(name), name).getFirst().getPort();
    }

    /** Where its first inbound listens. */
    int port() {
        return ports().getFirst();
    }

    /** Where its inbounds listen, in their order. */
    List<Integer> ports() {
        return server.listening().values().stream().map(addresses -> addresses.getFirst().getPort()).toList();
    }

    /** The users of its AnyTLS inbounds. */
    UserSessions accounts() {
        return server.accounts();
    }

    /** The access lines so far. */
    List<AccessLog.Ended> ended() {
        return log.all;
    }

    /** Waits until no connection is left. */
    void awaitQuiet() {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(server.table().live()).isEmpty());
    }

    @Override
    public void close() {
        server.close();
        assertThat(server.table().live()).isEmpty();
    }

    private static final class Ended implements AccessLog {
        private final List<AccessLog.Ended> all = new CopyOnWriteArrayList<>();

        @Override
        public void established(Connection connection, Route route) {}

        @Override
        public void refused(AccessLog.Refused one) {}

        @Override
        public void ended(AccessLog.Ended one) {
            if (all.size() < 10_000) {
                all.add(one);
            }
        }
    }
}
