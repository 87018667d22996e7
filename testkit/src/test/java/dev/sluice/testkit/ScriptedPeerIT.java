package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.core.CloseReason;
import dev.sluice.core.Scope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ScriptedPeerIT {
    @Test
    void playsBothSides() throws Exception {
        try (ScriptedPeer.Server server = ScriptedPeer.listen(peer -> peer.expect("hello").send("well").expectEnd().finish());
                ScriptedPeer client = ScriptedPeer.connect(server.address())) {
            client.send("hello").expect("well").finish().expectEnd();
            server.verify();
        }
    }

    @Test
    void seesAReset() throws Exception {
        try (ScriptedPeer.Server server = ScriptedPeer.listen(peer -> {
            peer.expect("connected"); // an earlier reset would end the connect instead
            peer.reset();
        });
                ScriptedPeer client = ScriptedPeer.connect(server.address())) {
            client.send("connected");
            client.expectReset();
            server.verify();
        }
    }

    @Test
    void aScriptThatIsNotFollowedFails() throws Exception {
        try (ScriptedPeer.Server server = ScriptedPeer.listen(peer -> peer.expect("hello"));
                ScriptedPeer client = ScriptedPeer.connect(server.address())) {
            client.send("hallo");
            assertThatThrownBy(server::verify).isInstanceOf(AssertionError.class).cause().hasMessageContaining("hallo");
        }
    }

    @Test
    void virtualTimePassesWhenTold() {
        VirtualClock clock = new VirtualClock();
        Scope scope = Scope.root("test", clock.loop());
        scope.expireAfter(Duration.ofHours(2));
        clock.advance(Duration.ofMinutes(119));
        assertThat(scope.isOpen()).isTrue();
        clock.advance(Duration.ofMinutes(2));
        assertThat(scope.reason()).isNotNull().extracting(CloseReason::kind).isEqualTo(CloseReason.Kind.TIMEOUT);
    }
}
