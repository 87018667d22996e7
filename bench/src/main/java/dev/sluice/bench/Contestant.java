package dev.sluice.bench;

import org.jspecify.annotations.Nullable;

/** Who is measured beside others. */
interface Contestant {
    /** In the table, and for {@code --only}. */
    String name();

    /** The first program it needs that is not there; null where all are. */
    @Nullable
    String missing();
}
