package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsUsers;
import dev.sluice.app.admin.UserSessions;
import dev.sluice.core.Scope;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The users of the AnyTLS inbounds that run. Any thread. */
final class AnyTlsAccounts implements UserSessions {
    private final Map<String, AnyTlsUsers> inbounds = new ConcurrentHashMap<>();

    /** {@code users} are those of the inbound until {@code scope} closes. */
    void add(String inbound, AnyTlsUsers users, Scope scope) {
        inbounds.put(inbound, users);
        scope.closing().addListener(f -> inbounds.remove(inbound, users));
    }

    @Override
    public List<Standing> standing() {
        return inbounds.entrySet().stream()
                .flatMap(each -> each.getValue().standing().stream()
                        .map(s -> new Standing(each.getKey(), s.name(), s.sessions(), s.bytes())))
                .sorted(Comparator.comparing(Standing::inbound).thenComparing(Standing::user)).toList();
    }

    @Override
    public int kick(String user) {
        boolean known = standing().stream().anyMatch(s -> s.user().equals(user));
        return known ? inbounds.values().stream().mapToInt(users -> users.kick(user, "by the administrator")).sum() : -1;
    }
}
