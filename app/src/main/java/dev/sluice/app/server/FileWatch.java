package dev.sluice.app.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Sees that files have changed, by looking at them now and then: that works on every file system, through links and mounts, and
 * costs a {@code stat} each. A change counts once two looks in a row have seen the same: whoever writes is done by then.
 *
 * <p>On the control thread.
 */
final class FileWatch {
    private final Map<Path, State> files = new HashMap<>();

    private static final class State {
        private @Nullable FileStamp taken;
        private @Nullable FileStamp seen;

        State(@Nullable FileStamp now) {
            taken = now;
            seen = now;
        }
    }

    /** Watches these files from now on, and no others; what those already watched look like is kept. */
    void watch(Collection<Path> paths) {
        files.keySet().retainAll(new HashSet<>(paths));
        for (Path path : paths) {
            files.computeIfAbsent(path, p -> new State(FileStamp.of(p)));
        }
    }

    /** Looks at all of them; gives those that have changed and have come to rest. A file that is missing has not changed yet. */
    List<Path> look() {
        List<Path> changed = new ArrayList<>();
        files.forEach((path, state) -> {
            FileStamp now = FileStamp.of(path);
            if (now != null && !Objects.equals(now, state.taken) && Objects.equals(now, state.seen)) {
                state.taken = now;
                changed.add(path);
            }
            state.seen = now;
        });
        return changed;
    }
}
