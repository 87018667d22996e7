package dev.sluice.app.server;

import dev.sluice.app.config.Config;
import dev.sluice.app.config.OutboundConfig;
import dev.sluice.app.config.Placed;
import dev.sluice.app.config.RouteConfig;
import dev.sluice.app.config.RuleSetConfig;
import dev.sluice.core.Outbound;
import dev.sluice.core.Router;
import dev.sluice.core.Rule;
import dev.sluice.core.RuleRouter;
import dev.sluice.core.RuleSet;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The router of a configuration, and its rule sets.
 *
 * @param router what connections ask
 * @param files rule sets by the file that they are read from, which may change while they run
 */
record Routes(Router router, Map<Path, List<RuleSet>> files) {

    /** Builds the router over {@code outbounds}. */
    static Routes build(Config config, Outbounds outbounds) throws StartException {
        Map<String, RuleSet> sets = new HashMap<>();
        Map<Path, List<RuleSet>> files = new HashMap<>();
        for (RuleSetConfig each : config.ruleSets()) {
            RuleSet set = new RuleSet(each.name(), each.hosts());
            sets.put(each.name(), set);
            Path file = each.file();
            if (file != null) {
                files.computeIfAbsent(file, f -> new ArrayList<>()).add(set);
            }
        }
        List<RuleRouter.Entry> entries = new ArrayList<>();
        Outbound otherwise = null;
        for (RouteConfig route : config.routes()) {
            RouteConfig.When when = route.when();
            Outbound to = outbounds.get(route.to().value());
            if (when == null) {
                otherwise = to;
            } else {
                entries.add(new RuleRouter.Entry(rule(when, sets), to));
            }
        }
        List<OutboundConfig> declared = config.outbounds();
        Outbound last = otherwise != null ? otherwise : outbounds.get(declared.isEmpty() ? "direct" : declared.getFirst().name());
        return new Routes(new RuleRouter(entries, last), files);
    }

    private static Rule rule(RouteConfig.When when, Map<String, RuleSet> sets) {
        Rule.Builder rule = Rule.builder();
        when.conditions().forEach(c -> c.addTo(rule));
        for (Placed<String> inbound : when.inbound()) {
            rule.inbound(inbound.value());
        }
        for (Placed<String> user : when.user()) {
            rule.user(user.value());
        }
        for (Placed<String> set : when.ruleSet()) {
            rule.ruleSet(Objects.requireNonNull(sets.get(set.value())));
        }
        return rule.build();
    }
}
