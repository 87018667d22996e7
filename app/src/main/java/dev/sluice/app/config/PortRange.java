package dev.sluice.app.config;

/**
 * Ports from one to another, both included.
 *
 * @param first from 1
 * @param last up to 65535, not below {@code first}
 */
public record PortRange(int first, int last) {

    /** {@code 443} or {@code 8000-8100}. */
    static PortRange parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            int port = Scalars.port(text, 1);
            return new PortRange(port, port);
        }
        int first = Scalars.port(text.substring(0, dash), 1);
        int last = Scalars.port(text.substring(dash + 1), 1);
        if (last < first) {
            throw new IllegalArgumentException("the range " + text + " ends before it begins");
        }
        return new PortRange(first, last);
    }
}
