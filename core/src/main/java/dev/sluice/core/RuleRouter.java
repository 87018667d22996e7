package dev.sluice.core;

import java.util.List;

/**
 * The {@link Router} of a configuration: an ordered list of rules, the first match wins, and a default.
 *
 * <p>Immutable; any thread. A decision walks the rules in order; each costs a few comparisons, whatever the size of its sets, and
 * next to no allocation ({@link Rule} says where). {@code RouterBench} measures it.
 */
public final class RuleRouter implements Router {

    /**
     * One line of the list.
     *
     * @param when which connections
     * @param to where they go
     */
    public record Entry(Rule when, Outbound to) {}

    private final Rule[] rules;
    private final Route[] routes;
    private final Route otherwise;

    /** A router whose rules are named {@code rule 1}, {@code rule 2} and so on in logs, and its default {@code default}. */
    public RuleRouter(List<Entry> entries, Outbound otherwise) {
        this.rules = entries.stream().map(Entry::when).toArray(Rule[]::new);
        this.routes = new Route[rules.length];
        for (int i = 0; i < routes.length; i++) {
            routes[i] = new Route(entries.get(i).to(), "rule " + (i + 1));
        }
        this.otherwise = new Route(otherwise, "default");
    }

    @Override
    public Route route(Connection connection) {
        for (int i = 0; i < rules.length; i++) {
            if (rules[i].answer(connection, false) == Rule.Answer.YES) {
                return routes[i];
            }
        }
        return otherwise;
    }

    @Override
    public boolean wantsName(Connection connection) {
        if (connection.destination().address() == null || connection.sniffedName() != null) {
            return false;
        }
        for (Rule rule : rules) {
            switch (rule.answer(connection, true)) {
                case YES -> {
                    return false;
                }
                case NAME_DECIDES -> {
                    return true;
                }
                case NO -> {
                }
            }
        }
        return false;
    }

    /** One line for each rule, for logs. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rules.length; i++) {
            text.append(routes[i].rule()).append(": ").append(rules[i]).append(" -> ").append(routes[i].outbound().name())
                    .append('\n');
        }
        return text.append("default -> ").append(otherwise.outbound().name()).toString();
    }
}
