package dev.sluice.proxy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.proxy.UserList.User;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserListTest {
    private static final InetAddress SOURCE = InetAddress.ofLiteral("192.0.2.1");
    private static final String HASH = OpenBSDBCrypt.generate("2y", "geheim".toCharArray(), new byte[16], 4);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger hashed = new AtomicInteger();

    @BeforeAll
    void warm() {
        assertThat(HASH).startsWith("$2y$04$");
    }

    @AfterAll
    void close() {
        threads.shutdown();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private UserList list(User... users) {
        return new UserList(List.of(users), task -> {
            hashed.incrementAndGet();
            threads.execute(task);
        });
    }

    private boolean check(UserList users, InetAddress source, String name, String password) throws Exception {
        return requireNonNull(users.check(loop, source, name, password).get(5, TimeUnit.SECONDS));
    }

    @Test
    void plain() throws Exception {
        UserList users = list(User.of("bob", "pw"), User.of("eva", ""));
        int before = hashed.get();
        assertThat(users.required()).isTrue();
        assertThat(check(users, SOURCE, "bob", "pw")).isTrue();
        assertThat(check(users, SOURCE, "eva", "")).isTrue();
        assertThat(check(users, SOURCE, "bob", "")).isFalse();
        assertThat(check(users, InetAddress.ofLiteral("192.0.2.9"), "nobody", "")).isFalse();
        assertThat(hashed.get()).isEqualTo(before);
    }

    @Test
    void hashesAreComputedOnceAndKept() throws Exception {
        UserList users = list(User.of("bob", HASH), User.of("eva", "pw"));
        assertThat(check(users, SOURCE, "bob", "geheim")).isTrue();
        int once = hashed.get();
        assertThat(check(users, SOURCE, "bob", "geheim")).isTrue();
        assertThat(hashed.get()).isEqualTo(once);
        assertThat(check(users, SOURCE, "eva", "pw")).isTrue();
        // The hash itself is no password; a wrong one is not kept.
        assertThat(check(users, SOURCE, "bob", HASH)).isFalse();
        assertThat(check(users, SOURCE, "eva", "geheim")).isFalse();
    }

    @Test
    void nobodyHasToSayWhoHeIs() {
        assertThat(list().required()).isFalse();
    }

    @Test
    void guessingIsSlowedDownForItsSourceOnly() throws Exception {
        UserList users = list(User.of("bob", "pw"));
        for (int i = 0; i < WrongPasswords.FREE; i++) {
            assertThat(check(users, SOURCE, "bob", "guess" + i)).isFalse();
        }
        assertThat(check(users, SOURCE, "bob", "pw")).isFalse();
        assertThat(check(users, InetAddress.ofLiteral("192.0.2.2"), "bob", "pw")).isTrue();
    }

    @Test
    void whatWasTriedIsKnownToTheNextList() throws Exception {
        AtomicInteger computed = new AtomicInteger();
        LoginMemory memory = new LoginMemory(task -> {
            computed.incrementAndGet();
            threads.execute(task);
        });
        String other = OpenBSDBCrypt.generate("2y", "anders".toCharArray(), new byte[16], 4);
        UserList first = new UserList(List.of(User.of("bob", HASH), new User("eva", "pw", 1, 0)), memory, null);
        InetAddress guesser = InetAddress.ofLiteral("192.0.2.77");
        for (int i = 0; i < WrongPasswords.FREE; i++) {
            assertThat(check(first, guesser, "eva", "guess" + i)).isFalse();
        }
        assertThat(check(first, SOURCE, "bob", "geheim")).isTrue();
        Users.Slot place = requireNonNull(first.enter("eva"));
        int before = computed.get();

        UserList second = new UserList(List.of(User.of("bob", HASH), new User("eva", "pw", 1, 0), User.of("new", "pw")), memory,
                first);
        assertThat(check(second, guesser, "eva", "pw")).as("a guesser is not forgiven").isFalse();
        assertThat(check(second, SOURCE, "bob", "geheim")).isTrue();
        assertThat(computed.get()).as("nothing is computed once more").isEqualTo(before);
        assertThat(second.enter("eva")).as("the place that is taken counts").isNull();
        place.leave();
        assertThat(second.enter("eva")).isNotNull();

        UserList third = new UserList(List.of(User.of("bob", other)), memory, second);
        assertThat(check(third, SOURCE, "bob", "geheim")).as("the hash has changed").isFalse();
        assertThat(check(third, SOURCE, "bob", "anders")).isTrue();
    }

    @Test
    void places() {
        UserList users = list(new User("bob", "pw", 2, 1000), User.of("eva", "pw"));
        Users.Slot first = requireNonNull(users.enter("bob"));
        Users.Slot second = requireNonNull(users.enter("bob"));
        assertThat(users.enter("bob")).isNull();
        assertThat(first.rate()).isSameAs(second.rate()).isNotNull();
        first.leave();
        assertThat(users.enter("bob")).isNotNull();
        assertThat(requireNonNull(users.enter("eva")).rate()).isNull();
    }

    @Test
    void aNameThatIsThereTwice() {
        assertThatThrownBy(() -> list(User.of("bob", "a"), User.of("bob", "b"))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$apr1$salt$hash", "$2y$10$short", "$6$rounds=5000$x$y", "$argon2id$v=19$m=1,t=1,p=1$x$y"})
    void aHashOfAnotherKindIsNoPassword(String password) {
        assertThatThrownBy(() -> User.of("bob", password)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(password);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a:b", "a\0b", "a\nb"})
    void namesThatAreNone(String name) {
        assertThatThrownBy(() -> User.of(name, "pw")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noSecretInText() {
        assertThat(User.of("bob", "secret").toString()).doesNotContain("secret");
    }
}
