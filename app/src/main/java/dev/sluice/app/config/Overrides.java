package dev.sluice.app.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command line says beside, or instead of, a file. The texts are checked when the configuration is read.
 *
 * @param listen URIs of further inbounds
 * @param via URIs of a chain of proxies, first hop first; the last one becomes the default route
 * @param admin {@code address:port} or {@code off}; null where it is not said
 * @param log {@code text} or {@code json}; null where it is not said
 * @param logLevel null where it is not said
 * @param stateDirectory null where it is not said
 * @param directory where relative paths in them start
 */
public record Overrides(List<String> listen, List<String> via, @Nullable String admin, @Nullable String log,
        @Nullable String logLevel, @Nullable String stateDirectory, Path directory) {

    /** Nothing said, in {@code directory}. */
    public static Overrides none(Path directory) {
        return new Overrides(List.of(), List.of(), null, null, null, null, directory);
    }
}
