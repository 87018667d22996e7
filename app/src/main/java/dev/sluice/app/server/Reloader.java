package dev.sluice.app.server;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.ConfigException;
import dev.sluice.app.config.ConfigFile;
import dev.sluice.app.config.Fault;
import dev.sluice.app.config.Overrides;
import dev.sluice.app.config.Reasons;
import dev.sluice.app.config.RuleSetConfig;
import dev.sluice.app.logs.Logs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes new versions of the configuration and of rule sets over while the program runs. A version with faults is refused: each of
 * them is logged, and what runs goes on. On the control thread.
 */
final class Reloader {
    private static final Logger log = LoggerFactory.getLogger(Reloader.class);

    private final Server server;
    private final Admin admin;
    private final @Nullable Path file;
    private final Overrides overrides;
    private final Map<String, String> environment;
    private final Logs logs;
    private final FileWatch watch = new FileWatch();

    /** {@code file} is null where all comes from the command line: then only rule sets can change. */
    Reloader(Server server, Admin admin, @Nullable Path file, Overrides overrides, Map<String, String> environment, Logs logs) {
        this.server = server;
        this.admin = admin;
        this.file = file;
        this.overrides = overrides;
        this.environment = environment;
        this.logs = logs;
        watchFiles();
    }

    /** Looks whether something has changed, and takes it over. */
    void look() {
        List<Path> changed = watch.look();
        if (file != null && changed.contains(file)) {
            reload("the file has changed");
            return;
        }
        for (Path path : changed) {
            if (server.config().valueFiles().contains(path)) {
                reload(path + " has changed");
                return;
            }
        }
        changed.forEach(this::ruleSet);
    }

    /** Reads everything anew, whether it has changed or not. */
    void reload(String why) {
        try {
            Config next = ConfigFile.read(file, overrides, environment);
            warnOfWhatStays(next);
            server.reload(next);
            logs.apply(next.log());
            useAdmin(next);
            log.info("configuration taken over: {}; {}", why, Announcement.listening(server));
        } catch (ConfigException e) {
            refused(e.faults());
        } catch (StartException e) {
            log.error("configuration refused, the running one stays: {}", e.getMessage());
        } finally {
            watchFiles();
        }
    }

    /** The rest holds already: an admin listener that cannot be had is no reason to go back. */
    private void useAdmin(Config next) {
        try {
            admin.use(next.admin());
        } catch (StartException e) {
            log.error("{}", e.getMessage());
        }
    }

    private void warnOfWhatStays(Config next) {
        Config now = server.config();
        List<String> stays = new ArrayList<>();
        if (next.threads() != now.threads()) {
            stays.add("threads");
        }
        if (next.transport() != now.transport()) {
            stays.add("transport");
        }
        if (!Objects.equals(next.stateDirectory(), now.stateDirectory())) {
            stays.add("state-dir");
        }
        if (!stays.isEmpty()) {
            log.warn("{}: only a restart changes this; what runs keeps the old value", String.join(", ", stays));
        }
    }

    private static void refused(List<Fault> faults) {
        faults.forEach(fault -> log.error("{}", fault));
        log.error("configuration refused ({} faults), the running one stays", faults.size());
    }

    private void ruleSet(Path path) {
        try {
            server.replace(path, RuleSetConfig.read(path));
            log.info("rule set taken over: {}", path);
        } catch (ConfigException e) {
            e.faults().forEach(fault -> log.error("{}", fault));
            log.error("rule set refused ({} faults), the old one stays: {}", e.faults().size(), path);
        } catch (IOException e) {
            log.error("rule set {} cannot be read, the old one stays: {}", path, Reasons.of(e));
        }
    }

    private void watchFiles() {
        List<Path> files = new ArrayList<>(server.ruleSetFiles());
        files.addAll(server.config().valueFiles());
        if (file != null) {
            files.add(file);
        }
        watch.watch(files);
    }
}
