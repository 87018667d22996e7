package dev.sluice.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the text of a rule set: one host per line, {@code #} begins a comment, empty lines are skipped.
 *
 * <table>
 * <caption>Forms</caption>
 * <tr><td>{@code example.com}</td><td>this name, nothing below it</td></tr>
 * <tr><td>{@code .example.com}, {@code +.example.com}</td><td>this name and everything below it</td></tr>
 * <tr><td>{@code *.example.com}</td><td>everything below it, at any depth, but not itself</td></tr>
 * <tr><td>{@code 192.0.2.7}, {@code 2001:db8::7}</td><td>this address</td></tr>
 * <tr><td>{@code 10.0.0.0/8}, {@code fd00::/8}</td><td>these addresses</td></tr>
 * </table>
 */
public final class RuleSetParser {
    /** After so many faults the rest is not worth reading. */
    private static final int MAX_FAULTS = 100;

    private RuleSetParser() {}

    /**
     * A line that is none of these forms.
     *
     * @param line from 1
     * @param column from 1, where the host begins
     * @param message what is wrong, and what is allowed
     */
    public record Fault(int line, int column, String message) {}

    /**
     * What was read.
     *
     * @param hosts the hosts of all lines without a fault
     * @param faults the lines with a fault, at most 100, in their order
     */
    public record Result(HostSet hosts, List<Fault> faults) {}

    /**
     * Reads to the end; does not close {@code text}.
     *
     * @throws IOException when reading fails
     */
    public static Result parse(Reader text) throws IOException {
        BufferedReader lines = new BufferedReader(text);
        DomainSet.Builder domains = new DomainSet.Builder();
        AddressSet.Builder addresses = new AddressSet.Builder();
        List<Fault> faults = new ArrayList<>();
        int number = 0;
        for (String line = lines.readLine(); line != null && faults.size() < MAX_FAULTS; line = lines.readLine()) {
            number++;
            int from = number == 1 && line.startsWith("\ufeff") ? 1 : 0; // a byte order mark
            int to = line.indexOf('#') < 0 ? line.length() : line.indexOf('#');
            while (from < to && isBlank(line.charAt(from))) {
                from++;
            }
            while (to > from && isBlank(line.charAt(to - 1))) {
                to--;
            }
            try {
                add(line.substring(from, to), domains, addresses);
            } catch (InvalidDestinationException e) {
                faults.add(new Fault(number, from + 1, String.valueOf(e.getMessage())));
            }
        }
        return new Result(new HostSet(domains.build(), addresses.build()), List.copyOf(faults));
    }

    private static void add(String host, DomainSet.Builder domains, AddressSet.Builder addresses) {
        if (host.isEmpty()) {
            return;
        }
        if (host.indexOf(':') >= 0 || host.indexOf('/') >= 0 || HostNames.endsInNumber(host)) {
            addresses.add(Cidr.parse(host));
        } else if (host.startsWith(".") || host.startsWith("+.") || host.startsWith("*.")) {
            domains.suffix(host);
        } else {
            domains.exact(host);
        }
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
