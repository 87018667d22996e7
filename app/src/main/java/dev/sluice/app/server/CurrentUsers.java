package dev.sluice.app.server;

import dev.sluice.proxy.Users;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The users of an inbound as the last configuration has them: exchanged whole, while the listener stays. Any thread. */
final class CurrentUsers implements Users {
    private final AtomicReference<Users> users;

    CurrentUsers(Users users) {
        this.users = new AtomicReference<>(users);
    }

    /** Other users from now on. Connections that run stay. */
    void use(Users next) {
        users.set(next);
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
