package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.anytls.AnyTlsUsers.Account;
import dev.sluice.anytls.AnyTlsUsers.Standing;
import dev.sluice.anytls.AnyTlsUsers.User;
import dev.sluice.anytls.auth.PasswordHash;
import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.Scope;
import dev.sluice.proxy.Users.Slot;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AnyTlsUsersTest {
    private static Account find(AnyTlsUsers users, String password) {
        return Objects.requireNonNull(users.find(PasswordHash.of(password)));
    }

    private static Scope session(Account account) {
        Scope scope = Scope.root("session", ImmediateEventExecutor.INSTANCE);
        account.joined(scope);
        return scope;
    }

    @Test
    void aPasswordIsItsUser() {
        AnyTlsUsers users = new AnyTlsUsers(IntStream.range(0, 1000).mapToObj(i -> User.of("user-" + i, "pw-" + i)).toList());
        assertThat(find(users, "pw-512").name()).isEqualTo("user-512");
        assertThat(users.find(PasswordHash.of("pw-1000"))).isNull();
        assertThat(users.begins(Arrays.copyOf(PasswordHash.of("pw-7"), PasswordHash.PREFIX))).isTrue();
        assertThat(users.begins(Arrays.copyOf(PasswordHash.of("no"), PasswordHash.PREFIX))).isFalse();
    }

    @Test
    void equalPasswordsAreRefusedByNames() {
        assertThatThrownBy(() -> new AnyTlsUsers(List.of(User.of("a", "same"), User.of("b", "same"))))
                .hasMessageContaining("'a' and 'b'").hasMessageNotContaining("same'");
        assertThatThrownBy(() -> new AnyTlsUsers(List.of(User.of("a", "x"), User.of("a", "y")))).hasMessageContaining("'a'");
    }

    @Test
    void whoStaysKeepsHisSessionsAndWhoIsGoneLosesThem() {
        AnyTlsUsers users = new AnyTlsUsers(List.of(User.of("a", "1"), User.of("b", "2"), User.of("c", "3")));
        Scope stays = session(find(users, "1"));
        Scope other = session(find(users, "2"));
        Account gone = find(users, "3");
        Scope removed = session(gone);
        find(users, "2").carry(100);

        users.use(List.of(User.of("a", "1"), User.of("b", "new"), User.of("d", "4")));

        assertThat(stays.isOpen()).isTrue();
        assertThat(other.reason()).extracting(CloseReason::kind).isEqualTo(Kind.KICKED);
        assertThat(removed.isOpen()).isFalse();
        assertThat(session(gone).isOpen()).as("came in while he was removed").isFalse();
        assertThat(users.find(PasswordHash.of("2"))).isNull();
        assertThat(users.enter("c")).isNull();
        assertThat(users.standing()).containsExactlyInAnyOrder(new Standing("a", 1, 0), new Standing("b", 0, 100),
                new Standing("d", 0, 0));
    }

    @Test
    void sessionsAndBytesAreLimitedAndLimitsChangeLive() {
        AnyTlsUsers users = new AnyTlsUsers(List.of(new User("a", "1", 1, 100, 0)));
        Slot first = Objects.requireNonNull(users.enter("a"));
        assertThat(users.enter("a")).isNull();
        assertThat(first.rate()).isNull();
        first.leave();
        assertThat(users.enter("a")).isNotNull();
        assertThat(find(users, "1").carry(100)).isTrue();
        assertThat(find(users, "1").carry(1)).isFalse();
        assertThat(find(users, "1").spent()).isTrue();

        users.use(List.of(new User("a", "1", 2, 1000, 5000)));
        assertThat(find(users, "1").spent()).isFalse();
        assertThat(Objects.requireNonNull(Objects.requireNonNull(users.enter("a")).rate()).bytesPerSecond()).isEqualTo(5000);
        assertThat(users.enter("a")).isNull();
    }

    @Test
    void kickingEndsHisSessionsOnly() {
        AnyTlsUsers users = new AnyTlsUsers(List.of(User.of("a", "1"), User.of("b", "2")));
        Scope one = session(find(users, "1"));
        Scope two = session(find(users, "1"));
        Scope other = session(find(users, "2"));
        assertThat(users.kick("a", "by hand")).isEqualTo(2);
        assertThat(users.kick("nobody", "by hand")).isZero();
        assertThat(one.reason()).isEqualTo(CloseReason.of(Kind.KICKED, CloseReason.Side.SELF, "by hand"));
        assertThat(two.isOpen()).isFalse();
        assertThat(other.isOpen()).isTrue();
        assertThat(users.find(PasswordHash.of("1"))).isNotNull();
    }
}
