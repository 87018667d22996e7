package dev.sluice.core;

/**
 * Picks the outbound of a connection: an ordered list of rules, the first match wins, a default ends it.
 *
 * <p>An immutable snapshot; a new configuration swaps it whole. Any thread; below a microsecond with 100,000 entries.
 */
public interface Router {

    /** The decision for {@code connection}. */
    Route route(Connection connection);

    /**
     * Whether a rule that could still match needs a name where the client named only an address: then the name is worth
     * sniffing from the first bytes before {@link #route} is asked.
     */
    boolean wantsName(Connection connection);
}
