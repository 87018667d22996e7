package dev.sluice.app.server;

import dev.sluice.app.config.Limits;
import dev.sluice.app.config.UserConfig;
import dev.sluice.proxy.LoginMemory;
import dev.sluice.proxy.UserList;
import dev.sluice.proxy.Users;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The users of an inbound as the last configuration has them: exchanged whole, while the listener stays. Any thread. */
final class CurrentUsers implements Users, InboundUsers {
    private final Supplier<LoginMemory> memory;
    private final AtomicReference<Users> users;

    /** {@code memory} knows the passwords that were tried; it is asked for only where there are users. */
    CurrentUsers(List<UserConfig> first, Limits limits, Supplier<LoginMemory> memory) {
        this.memory = memory;
        this.users = new AtomicReference<>(made(first, limits, Users.NONE));
    }

    /** In the place of those {@code before}: whose counts go on where they are the same. */
    private Users made(List<UserConfig> declared, Limits limits, Users before) {
        if (declared.isEmpty()) {
            return Users.NONE;
        }
        return new UserList(declared.stream().map(u -> {
            Integer own = u.connections();
            return new UserList.User(u.name().value(), u.password().reveal(), own == null ? limits.perUser() : own,
                    limits.userRate());
        }).toList(), memory.get(), before instanceof UserList list ? list : null);
    }

    @Override
    public Users asked() {
        return this;
    }

    /** Connections that run stay. */
    @Override
    public void use(List<UserConfig> next, Limits limits) {
        users.set(made(next, limits, now()));
    }

    /** Those of now. */
    Users now() {
        return users.get();
    }

    @Override
    public boolean required() {
        return now().required();
    }

    @Override
    public Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password) {
        return now().check(loop, source, name, password);
    }

    @Override
    public @Nullable Slot enter(String name) {
        return now().enter(name);
    }
}
