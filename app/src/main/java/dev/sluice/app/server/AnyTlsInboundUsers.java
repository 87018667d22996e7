package dev.sluice.app.server;

import dev.sluice.anytls.AnyTlsUsers;
import dev.sluice.app.config.Limits;
import dev.sluice.app.config.UserConfig;
import java.util.List;

/** Those of an AnyTLS inbound: who stays keeps his sessions, who is gone loses them. */
final class AnyTlsInboundUsers implements InboundUsers {
    private final AnyTlsUsers users;

    AnyTlsInboundUsers(List<UserConfig> first, Limits limits) {
        this.users = new AnyTlsUsers(made(first, limits));
    }

    private static List<AnyTlsUsers.User> made(List<UserConfig> users, Limits limits) {
        return users.stream().map(u -> {
            Integer own = u.connections();
            return new AnyTlsUsers.User(u.name().value(), u.password().reveal(), own == null ? limits.perUser() : own, u.bytes(),
                    limits.userRate());
        }).toList();
    }

    @Override
    public AnyTlsUsers asked() {
        return users;
    }

    @Override
    public void use(List<UserConfig> next, Limits limits) {
        users.use(made(next, limits));
    }
}
