package dev.sluice.net;

import dev.sluice.core.ConnectFailedException.Failure;
import dev.sluice.core.Destination;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears how long dials take and how they end: what metrics are made of. Called on the loop that dialled; never blocks. */
public interface DialObserver {

    /** Listens to nothing. */
    DialObserver NONE = new DialObserver() {
        @Override
        public void dialled(Destination destination, Duration took, @Nullable Failure failure) {}

        @Override
        public void resolved(String name, Duration took, @Nullable Failure failure) {}
    };

    /**
     * A dial has ended.
     *
     * @param took from the call to the end, resolution included
     * @param failure null where it is connected
     */
    void dialled(Destination destination, Duration took, @Nullable Failure failure);

    /**
     * A name was looked up with the DNS servers; answers from the cache and the hosts file are not told.
     *
     * @param failure null where there was an address
     */
    void resolved(String name, Duration took, @Nullable Failure failure);
}
