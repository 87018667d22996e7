package dev.sluice.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.core.ConnectionTable;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is shown of users, and the end of their sessions. */
class UsersPageTest {
    private final List<String> kicked = new ArrayList<>();
    private final AdminPages pages = new AdminPages(() -> true, new ConnectionTable(), new UserSessions() {
        @Override
        public List<Standing> standing() {
            return List.of(new Standing("in", "ali/ce \"x\"", 2, 30));
        }

        @Override
        public int kick(String user) {
            kicked.add(user);
            return user.startsWith("ali") ? 2 : -1;
        }
    }, () -> {
        throw new AssertionError("no metrics were asked for");
    });

    private int delete(String uri) {
        return pages.answer(HttpMethod.DELETE, uri).status().code();
    }

    @Test
    void everyUserIsShown() {
        assertThat(pages.answer(HttpMethod.GET, "/users?x=1").body()).contains("\"inbound\": \"in\"", "ali/ce \\\"x\\\"",
                "\"sessions\": 2", "\"bytes\": 30");
    }

    @Test
    void aNameMayHaveAnyCharacters() {
        assertThat(delete("/users/ali%2Fce%20%22x%22/sessions?now")).isEqualTo(200);
        assertThat(delete("/users/bob/sessions")).isEqualTo(404);
        assertThat(kicked).containsExactly("ali/ce \"x\"", "bob");
    }

    @Test
    void nothingElseEndsAnything() {
        assertThat(delete("/users/alice")).isEqualTo(405);
        assertThat(delete("/users//sessions")).isEqualTo(405);
        assertThat(delete("/users/%zz/sessions")).isEqualTo(400);
        assertThat(pages.answer(HttpMethod.POST, "/users/alice/sessions").status().code()).isEqualTo(405);
        assertThat(pages.answer(HttpMethod.GET, "/users/alice/sessions").status().code()).isEqualTo(404);
        assertThat(kicked).isEmpty();
    }
}
