package dev.sluice.app.server;

import dev.sluice.app.config.Config;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where keys that the program makes are kept. Nothing is created until something is kept there. */
public final class StateDirectory {
    private StateDirectory() {}

    /** The configured one, or the user's own. */
    public static Path of(Config config) {
        Path own = config.stateDirectory();
        return own != null ? own : of(System.getenv(), System.getProperty("user.home"));
    }

    /** As the XDG base directory specification says; systemd names one for services. */
    static Path of(Map<String, String> environment, String home) {
        String service = environment.get("STATE_DIRECTORY");
        if (present(service)) {
            return Path.of(service);
        }
        String xdg = environment.get("XDG_STATE_HOME");
        return present(xdg) ? Path.of(xdg, "sluice") : Path.of(home, ".local", "state", "sluice");
    }

    private static boolean present(@Nullable String value) {
        return value != null && !value.isEmpty();
    }
}
