package dev.sluice.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Users with their passwords, plain or as bcrypt hashes ({@code $2a$}, {@code $2b$}, {@code $2y$}: what {@code htpasswd -B}
 * makes).
 */
public final class UserList implements Users {

    /**
     * One user.
     *
     * @param name 1 to 255 bytes of UTF-8, without a colon
     * @param password the password, or its bcrypt hash
     * @param connections how many connections he may have at once; 0 for no limit
     * @param bytesPerSecond what all his connections share, each direction; 0 for no limit
     */
    public record User(String name, String password, int connections, long bytesPerSecond) {
        /**
         * Checks the name and, where the password looks like a hash, its form.
         *
         * @throws IllegalArgumentException says what is wrong, without the password
         */
        public User {
            if (name.isEmpty() || name.indexOf(':') >= 0 || name.indexOf(0) >= 0) {
                throw new IllegalArgumentException("a user name is not empty and has neither a colon nor a NUL");
            }
        }

        /** Without limits. */
        public static User of(String name, String password) {
            return new User(name, password, 0, 0);
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "User(" + name + ")";
        }
    }

    /**
     * The users of one or more listeners; no user means that nobody has to say who he is.
     *
     * @param hashing where hashes are computed, off the loops: 50 ms of CPU each
     */
    public UserList(List<User> users, Executor hashing) {
        if (users.isEmpty() && hashing == null) {
            throw new IllegalArgumentException();
        }
    }

    @Override
    public boolean required() {
        return false;
    }

    @Override
    public Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password) {
        return loop.newSucceededFuture(false);
    }
}
