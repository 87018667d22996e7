package dev.sluice.app.config;

import dev.sluice.net.Transport;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration, checked: what {@link ConfigFile} and the command line give, and what the program is built of.
 *
 * @param log what is logged
 * @param admin the admin listener
 * @param stateDirectory where made keys are kept; null for the user's own
 * @param transport what moves the bytes; null for the best of this machine
 * @param threads event loops; 0 for one per core
 * @param timeouts limits of time
 * @param limits bounds of the whole program
 * @param dns how names are resolved
 * @param users declared for all inbounds
 * @param inbounds who listens
 * @param outbounds how targets are reached, besides the built-in {@code direct} and {@code block}
 * @param ruleSets named sets
 * @param routes rules in their order
 * @param valueFiles files that hold values of the configuration, such as secrets: it is to be read anew when they change
 */
public record Config(LogConfig log, AdminConfig admin, @Nullable Path stateDirectory, @Nullable Transport transport, int threads,
        Timeouts timeouts, Limits limits, DnsConfig dns, List<UserConfig> users, List<InboundConfig> inbounds,
        List<OutboundConfig> outbounds, List<RuleSetConfig> ruleSets, List<RouteConfig> routes,
        List<Path> valueFiles) {

    private static final Key<LogConfig> LOG = Key.of("log", LogConfig.TYPE, "{}", "What is logged, and how.");
    private static final Key<AdminConfig> ADMIN = Key.optional("admin", AdminConfig.TYPE,
            "The admin listener: health, metrics, connections. 127.0.0.1:9088 where it is free, unless it is off.");
    private static final Key<Path> STATE_DIR = Key.optional("state-dir", Scalars.PATH,
            "Where keys that Sluice makes are kept; a directory of the user's otherwise. Only a restart changes it.");
    private static final Key<Transport> TRANSPORT = Key.optional("transport", Scalars.oneOf(Transport.class),
            "What moves the bytes: epoll on Linux, nio elsewhere; io-uring on request. Only a restart changes it.");
    private static final Key<Integer> THREADS = Key.of("threads", Scalars.integer(0, 1024), "0",
            "Event loops; 0 for one per core. Only a restart changes it.");
    private static final Key<Timeouts> TIMEOUTS = Key.of("timeouts", Timeouts.TYPE, "{}", "Limits of time.");
    private static final Key<Limits> LIMITS = Key.of("limits", Limits.TYPE, "{}",
            "Limits of every inbound that has none of its own.");
    private static final Key<DnsConfig> DNS = Key.of("dns", DnsConfig.TYPE, "{}", "How names are resolved.");
    private static final Key<List<UserConfig>> USERS = Key.of("users", ListType.of(UserConfig.DECLARED), "[]",
            "Who may use the inbounds. Every inbound that says nothing of users asks for one of these.");
    private static final Key<List<InboundConfig>> INBOUNDS = Key.required("inbounds", ListType.of(InboundConfig.Keys.TYPE),
            "Who listens.");
    private static final Key<List<OutboundConfig>> OUTBOUNDS = Key.of("outbounds", ListType.of(OutboundConfig.Keys.TYPE), "[]",
            "How targets are reached, besides the built-in 'direct' and 'block'.");
    private static final Key<List<RuleSetConfig>> RULE_SETS = Key.of("rule-sets", ListType.of(RuleSetConfig.TYPE), "[]",
            "Named sets of domains and networks.");
    private static final Key<List<RouteConfig>> ROUTES = Key.of("routes", ListType.of(RouteConfig.TYPE), "[]",
            "Rules in order, the first match wins. Without a default the first outbound of the file is taken, or else 'direct'.");

    /** The declaration of everything. Keys that begin with {@code x-} are passed over: a place for anchors. */
    static final ObjectType<Config> TYPE = new ObjectType<>("the configuration",
            List.of(LOG, ADMIN, STATE_DIR, TRANSPORT, THREADS,
                    TIMEOUTS, LIMITS, DNS, USERS, INBOUNDS, OUTBOUNDS, RULE_SETS, ROUTES),
            "x-", Config::build);

    private static Config build(Values v) {
        AdminConfig admin = v.find(ADMIN);
        List<InboundConfig> inbounds = v.find(INBOUNDS);
        if (inbounds != null && inbounds.isEmpty() && v.reading().declared("inbound").isEmpty()
                && v.reading().faults().isEmpty()) {
            v.fault(INBOUNDS, "the list is empty: nothing would listen");
        }
        Config config = new Config(v.get(LOG), admin == null ? AdminConfig.DEFAULT : admin, v.find(STATE_DIR), v.find(TRANSPORT),
                v.get(THREADS), v.get(TIMEOUTS), v.get(LIMITS), v.get(DNS), v.get(USERS), inbounds == null ? List.of() : inbounds,
                v.get(OUTBOUNDS), v.get(RULE_SETS), v.get(ROUTES), v.reading().valueFiles());
        new Checks(config, v.reading()).run();
        return config;
    }
}
