package dev.sluice.app.config;

import java.util.List;

/**
 * What is logged, and how.
 *
 * @param format for people or for programs
 * @param level the least level that is shown
 * @param access whether each connection and exchange gets its line
 */
public record LogConfig(Format format, Level level, boolean access) {

    /** How a line looks. */
    public enum Format {
        /** For people, with colours on a terminal. */
        TEXT,
        /** One JSON object a line. */
        JSON
    }

    /** The least level that is shown. */
    public enum Level {
        /** Faults of the program only. */
        ERROR,
        /** What needs a look. */
        WARN,
        /** What happens: starts, stops, reloads, and the access lines. */
        INFO,
        /** Why each connection ended as it did. */
        DEBUG,
        /** Everything. */
        TRACE
    }

    /** Level info, for people, with access lines. */
    public static final LogConfig DEFAULT = new LogConfig(Format.TEXT, Level.INFO, true);

    static final ScalarType<Format> FORMAT_TYPE = Scalars.oneOf(Format.class);
    static final ScalarType<Level> LEVEL_TYPE = Scalars.oneOf(Level.class);
    private static final Key<Format> FORMAT = Key.of("format", FORMAT_TYPE, "text",
            "Lines for people, or one JSON object a line.");
    private static final Key<Level> LEVEL = Key.of("level", LEVEL_TYPE, "info", "The least level that is shown.");
    private static final Key<Boolean> ACCESS = Key.of("access", Scalars.BOOLEAN, "true",
            "Whether each connection or exchange gets a line when it ends.");

    static final ObjectType<LogConfig> TYPE = new ObjectType<>("'log'", List.of(FORMAT, LEVEL, ACCESS),
            v -> new LogConfig(v.get(FORMAT), v.get(LEVEL), v.get(ACCESS)));
}
