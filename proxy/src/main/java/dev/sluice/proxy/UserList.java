package dev.sluice.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;

/**
 * Users with their passwords, plain or as bcrypt hashes ({@code $2a$}, {@code $2b$}, {@code $2y$}: what {@code htpasswd -B} makes),
 * and their limits.
 *
 * <p>A plain password is compared at once. A hash takes tens of milliseconds, so it is computed on an executor, once for as many
 * connections as ask for it, and a right answer is kept for a while in the {@link LoginMemory}. A wrong one
 * takes as long whether the name exists or not, and counts against its source ({@link WrongPasswords}).
 *
 * <p>Any loop. A new configuration makes a new list; connections that run keep their place in the old one.
 */
public final class UserList implements Users {
    private static final int HIGHEST_COST = 14;
    private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final Pattern OTHER_HASH = Pattern.compile("\\$(1|2.?|5|6|7|y|apr1|argon2\\w*|scrypt|pbkdf2[^$]*)\\$.*");

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
         * @throws IllegalArgumentException says what is wrong, without name and password
         */
        public User {
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (bytes == 0 || bytes > 255 || name.chars().anyMatch(c -> c == ':' || c < ' ')) {
                throw new IllegalArgumentException("a user name has 1 to 255 bytes, no colon and no control character");
            }
            boolean bcrypt = BCRYPT.matcher(password).matches();
            if (!bcrypt && OTHER_HASH.matcher(password).matches()) {
                throw new IllegalArgumentException("the password is a hash, but not a bcrypt hash as 'htpasswd -B' makes it");
            }
            if (bcrypt && Integer.parseInt(password.substring(4, 6)) > HIGHEST_COST) {
                throw new IllegalArgumentException("the password is a bcrypt hash of a cost above " + HIGHEST_COST);
            }
            if (connections < 0 || bytesPerSecond < 0) {
                throw new IllegalArgumentException("a limit is below 0");
            }
        }

        /** Without limits. */
        public static User of(String name, String password) {
            return new User(name, password, 0, 0);
        }

        boolean hashed() {
            return BCRYPT.matcher(password).matches();
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "User(" + name + ")";
        }
    }

    /** A user and how many connections he has. */
    private static final class Account {
        private final User user;
        private final byte[] digest; // of the plain password, or of nothing anybody can type
        private final @Nullable Rate rate;
        private final AtomicInteger connections = new AtomicInteger();

        private Account(User user, byte[] digest) {
            this.user = user;
            this.digest = digest;
            this.rate = user.bytesPerSecond() > 0 ? new Rate(user.bytesPerSecond()) : null;
        }

        @Nullable
        Slot enter() {
            if (user.connections() > 0 && connections.incrementAndGet() > user.connections()) {
                connections.decrementAndGet();
                return null;
            }
            return new Slot() {
                @Override
                public @Nullable Rate rate() {
                    return rate;
                }

                @Override
                public void leave() {
                    if (user.connections() > 0) {
                        connections.decrementAndGet();
                    }
                }
            };
        }
    }

    private final Map<String, Account> accounts = new HashMap<>();
    private final LoginMemory memory;
    private final byte[] nobody;
    private final @Nullable String anyHash;

    /**
     * The users of one or more listeners; no user means that nobody has to say who he is.
     *
     * @param hashing where hashes are computed, off the loops: tens of milliseconds of CPU each
     * @throws IllegalArgumentException where a name is there twice
     */
    public UserList(List<User> users, Executor hashing) {
        this(users, new LoginMemory(hashing), null);
    }

    /**
     * Users that take the place of others: those who are the same in both keep their counts.
     *
     * @param memory of passwords that were tried, shared with other lists
     * @param before null where there are none
     * @throws IllegalArgumentException where a name is there twice
     */
    public UserList(List<User> users, LoginMemory memory, @Nullable UserList before) {
        this.memory = memory;
        this.nobody = memory.digest("", "", "nobody"); // three parts: no name with its password has as many
        String hash = null;
        for (User user : users) {
            Account known = before == null ? null : before.accounts.get(user.name());
            Account account = known != null && before != null && known.user.equals(user) && before.memory == memory
                    ? known
                    : new Account(user, user.hashed() ? nobody : memory.digest(user.name(), user.password()));
            if (accounts.put(user.name(), account) != null) {
                throw new IllegalArgumentException("user '" + user.name() + "' is there twice");
            }
            hash = user.hashed() ? user.password() : hash;
        }
        this.anyHash = hash;
    }

    @Override
    public boolean required() {
        return !accounts.isEmpty();
    }

    @Override
    public @Nullable Slot enter(String name) {
        Account account = accounts.get(name);
        return account == null ? UNLIMITED : account.enter();
    }

    @Override
    public Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password) {
        long now = System.nanoTime();
        if (memory.wrong().mustWait(source, now)) {
            return loop.newSucceededFuture(false);
        }
        Account account = accounts.get(name);
        if (LoginMemory.same(memory.digest(name, password), account == null ? nobody : account.digest)) {
            return loop.newSucceededFuture(true);
        }
        if (anyHash == null) {
            memory.wrong().count(source, now);
            return loop.newSucceededFuture(false);
        }
        Promise<Boolean> answer = loop.newPromise();
        hashed(account, name, password).whenComplete((yes, error) -> {
            if (error != null || !yes) {
                memory.wrong().count(source, System.nanoTime());
            }
            if (loop.isShuttingDown()) {
                return;
            }
            loop.execute(() -> answer.setSuccess(error == null && yes));
        });
        return answer;
    }

    /** The answer of bcrypt; for a name that does not exist, or has a plain password, after the same work. */
    private CompletableFuture<Boolean> hashed(@Nullable Account account, String name, String password) {
        String own = account != null && account.user.hashed() ? account.user.password() : null;
        String hash = own == null ? String.valueOf(anyHash) : own;
        return memory.ask(memory.digest(own == null ? "" : own, name, password),
                () -> OpenBSDBCrypt.checkPassword(hash, password.toCharArray()) && own != null);
    }
}
