package dev.sluice.anytls;

import dev.sluice.anytls.auth.AuthReader;
import dev.sluice.anytls.auth.PasswordHash;
import dev.sluice.anytls.auth.PasswordHash.Digest;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.Scope;
import dev.sluice.proxy.Rate;
import dev.sluice.proxy.Users;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Who may use an AnyTLS inbound. A client says nothing but the hash of a password: the password is the user.
 *
 * <p>Users come and go while the inbound runs ({@link #use}): who stays keeps his sessions and his counts; who is gone, or has
 * another password now, loses his sessions at once.
 *
 * <p>Any thread: what look-ups see is one snapshot, swapped whole. Counts are single atomic steps.
 */
public final class AnyTlsUsers implements Users, AuthReader.Known<AnyTlsUsers.Account> {

    /**
     * One user.
     *
     * @param name how rules, counters and logs know him
     * @param password the secret; never printed
     * @param sessions how many sessions he may have at once; 0 for no limit
     * @param bytes how many bytes his sessions may carry in all, both directions and what stands around the payload included; 0 for
     *     no limit
     * @param bytesPerSecond what all his sessions share, each direction; 0 for no limit
     */
    public record User(String name, String password, int sessions, long bytes, long bytesPerSecond) {

        /** Without limits. */
        public static User of(String name, String password) {
            return new User(name, password, 0, 0, 0);
        }

        /** Without the password. */
        @Override
        public String toString() {
            return "User(" + name + ")";
        }
    }

    /**
     * How a user stands.
     *
     * @param sessions open now
     * @param bytes carried so far
     */
    public record Standing(String name, int sessions, long bytes) {}

    private record Snapshot(Map<String, Account> names, Map<Digest, Account> hashes, Set<Digest> beginnings) {}

    private final PasswordHash digests = new PasswordHash();
    private final AtomicReference<Snapshot> current = new AtomicReference<>(new Snapshot(Map.of(), Map.of(), Set.of()));

    /**
     * The first users.
     *
     * @throws IllegalArgumentException as {@link #use}
     */
    public AnyTlsUsers(List<User> users) {
        use(users);
    }

    /**
     * Takes other users. One caller at a time.
     *
     * @throws IllegalArgumentException where two have the same name or the same password; names the users, and changes nothing
     */
    public void use(List<User> users) {
        Snapshot before = current.get();
        Map<String, Account> names = new HashMap<>();
        Map<Digest, Account> hashes = new HashMap<>();
        Set<Digest> beginnings = new HashSet<>();
        for (User user : users) {
            Account was = before.names.get(user.name());
            boolean same = was != null && was.user.get().password().equals(user.password());
            Account account = was != null && same ? was : new Account(user, was);
            byte[] hash = PasswordHash.of(user.password());
            if (names.put(user.name(), account) != null) {
                throw new IllegalArgumentException("user '" + user.name() + "' is there twice");
            }
            Account other = hashes.put(digests.digest(hash, PasswordHash.LENGTH), account);
            if (other != null) {
                throw new IllegalArgumentException("the users '" + other.name() + "' and '" + user.name()
                        + "' have the same password: it is what tells them apart");
            }
            beginnings.add(digests.digest(hash, PasswordHash.PREFIX));
        }
        users.forEach(user -> Objects.requireNonNull(names.get(user.name())).limit(user));
        current.set(new Snapshot(Map.copyOf(names), Map.copyOf(hashes), Set.copyOf(beginnings)));
        before.names.forEach((name, account) -> {
            if (!account.equals(names.get(name))) {
                account.retire();
            }
        });
    }

    @Override
    public boolean begins(byte[] first) {
        return current.get().beginnings.contains(digests.digest(first, PasswordHash.PREFIX));
    }

    @Override
    public @Nullable Account find(byte[] hash) {
        return current.get().hashes.get(digests.digest(hash, PasswordHash.LENGTH));
    }

    /**
     * Ends all sessions of a user; he may come again.
     *
     * @param detail who wanted that, for the log
     * @return how many there were
     */
    public int kick(String name, String detail) {
        Account account = current.get().names.get(name);
        return account == null ? 0 : account.end(CloseReason.of(Kind.KICKED, Side.SELF, detail));
    }

    /** How all users stand. */
    public List<Standing> standing() {
        return current.get().names.values().stream().map(Account::standing).toList();
    }

    @Override
    public boolean required() {
        return true;
    }

    /** Nobody is asked for a name here. */
    @Override
    public Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password) {
        return loop.newSucceededFuture(false);
    }

    @Override
    public @Nullable Slot enter(String name) {
        Account account = current.get().names.get(name);
        return account == null ? null : account.enter();
    }

    /** A user with his counts. Any thread. */
    public static final class Account {
        private final AtomicReference<User> user;
        private final AtomicReference<@Nullable Rate> rate = new AtomicReference<>();
        private final AtomicInteger entered = new AtomicInteger();
        private final AtomicLong carried = new AtomicLong();
        private final Set<Scope> sessions = ConcurrentHashMap.newKeySet();
        private final AtomicBoolean retired = new AtomicBoolean();

        private Account(User user, @Nullable Account before) {
            this.user = new AtomicReference<>(user);
            if (before != null) {
                carried.set(before.carried.get());
            }
        }

        private void limit(User next) {
            Rate now = rate.get();
            if (next.bytesPerSecond() == 0) {
                rate.set(null);
            } else if (now == null || now.bytesPerSecond() != next.bytesPerSecond()) {
                rate.set(new Rate(next.bytesPerSecond()));
            }
            user.set(next);
        }

        /** How rules, counters and logs know him. */
        public String name() {
            return user.get().name();
        }

        private @Nullable Slot enter() {
            int most = user.get().sessions();
            if (entered.incrementAndGet() > most && most > 0) {
                entered.decrementAndGet();
                return null;
            }
            return new Slot() {
                @Override
                public @Nullable Rate rate() {
                    return rate.get();
                }

                @Override
                public void leave() {
                    entered.decrementAndGet();
                }
            };
        }

        /** A session of his is open until {@code scope} closes; kicking him closes the scope. */
        void joined(Scope scope) {
            sessions.add(scope);
            scope.closing().addListener(f -> sessions.remove(scope));
            if (retired.get()) { // while he was coming in
                retire();
            }
        }

        private void retire() {
            retired.set(true);
            end(CloseReason.of(Kind.KICKED, Side.SELF, "the user is gone, or has another password"));
        }

        private int end(CloseReason why) {
            Collection<Scope> all = List.copyOf(sessions);
            all.forEach(scope -> scope.close(why));
            return all.size();
        }

        /**
         * Counts bytes.
         *
         * @return false where they are more than he may have
         */
        boolean carry(int bytes) {
            long total = carried.addAndGet(bytes);
            long most = user.get().bytes();
            return most == 0 || total <= most;
        }

        /** Whether he has had all the bytes that he may have. */
        boolean spent() {
            return !carry(0);
        }

        private Standing standing() {
            return new Standing(name(), sessions.size(), carried.get());
        }

        @Override
        public String toString() {
            return "Account(" + name() + ")";
        }
    }
}
