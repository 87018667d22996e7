package dev.sluice.app.config;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bounds of an inbound, or of the whole program; 0 is no bound.
 *
 * @param connections at the same time
 * @param perSource at the same time from one source address
 * @param perUser at the same time of one user
 * @param headerBytes of one request head
 * @param rate bytes per second and direction of one connection
 * @param userRate bytes per second and direction of one user
 */
public record Limits(int connections, int perSource, int perUser, int headerBytes, long rate, long userRate) {
    private static final int MANY = 10_000_000;

    private static final Key<Integer> CONNECTIONS = Key.of("connections", Scalars.integer(0, MANY), "0",
            "Clients at the same time; 0 for no limit.");
    private static final Key<Integer> PER_SOURCE = Key.of("per-source", Scalars.integer(0, MANY), "0",
            "Clients at the same time from one address; 0 for no limit.");
    private static final Key<Integer> PER_USER = Key.of("per-user", Scalars.integer(0, MANY), "0",
            "Connections at the same time of one user; 0 for no limit.");
    private static final Key<Long> HEADER = Key.of("header-bytes", Scalars.SIZE_TYPE, "64K", "The largest head of a request.");
    private static final Key<Long> RATE = Key.of("rate", Scalars.RATE, "0",
            "Bytes per second of one connection in each direction, as in 10MB/s; 0 for no limit.");
    private static final Key<Long> USER_RATE = Key.of("user-rate", Scalars.RATE, "0",
            "Bytes per second of one user in each direction; 0 for no limit.");

    static final ObjectType<Limits> TYPE = new ObjectType<>("'limits'",
            List.of(CONNECTIONS, PER_SOURCE, PER_USER, HEADER, RATE, USER_RATE), Limits::build);

    private static Limits build(Values v) {
        long header = v.get(HEADER);
        if (header < 1024 || header > 1 << 20) {
            v.fault(HEADER, "a head of " + header + " bytes is not in 1K..1M");
            header = 64 * 1024;
        }
        return new Limits(v.get(CONNECTIONS), v.get(PER_SOURCE), v.get(PER_USER), (int) header, v.get(RATE), v.get(USER_RATE));
    }

    /** Written out: the one that comes with a record is linked at run time, and this one is asked at every start. */
    @Override
    public int hashCode() {
        return Objects.hash(connections, perSource, perUser, headerBytes, rate, userRate);
    }

    /** The limits of an inbound that says nothing of its own are those of the program. */
    Limits orElse(@Nullable Limits own) {
        return own == null ? this : own;
    }
}
