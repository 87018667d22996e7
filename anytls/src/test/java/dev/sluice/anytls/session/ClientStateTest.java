package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.anytls.frame.Command;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class ClientStateTest {
    private static final long SECOND = 1_000_000_000L;

    private final RecordingPort port = new RecordingPort();
    private final ClientState state = new ClientState(port, port, "name/1", 10 * SECOND);

    private void frame(int command, int stream, String data) {
        byte[] bytes = data.getBytes(UTF_8);
        state.frame(command, stream, bytes.length, bytes);
    }

    private void open(int stream, long now) {
        assertThat(state.next()).isEqualTo(stream);
        port.open.add(stream);
        state.open(stream, now);
    }

    private void greeted() {
        state.greet("md5", 0);
        frame(Command.SERVER_SETTINGS, 0, "v=2");
        port.take();
    }

    @Test
    void theSettingsComeFirst() {
        state.greet("md5", 0);
        open(1, 0);
        assertThat(port.take()).containsExactly("send 4/0 v=2|reset=1|client=name/1|padding-md5=md5", "send 1/1");
        ClientState nameless = new ClientState(port, port, "", SECOND);
        nameless.greet("md5", 0);
        assertThat(port.take()).containsExactly("send 4/0 v=2|reset=1|padding-md5=md5");
    }

    @Test
    void theAnswerIsToldOnce() {
        greeted();
        open(1, 0);
        frame(Command.SYNACK, 1, "");
        frame(Command.SYNACK, 1, "");
        open(2, 0);
        frame(Command.SYNACK, 2, "dial tcp:\ttimeout\n");
        open(3, 0);
        state.data(3, Unpooled.wrappedBuffer(new byte[]{5}));
        open(4, 0);
        frame(Command.FIN, 4, "");
        assertThat(port.take()).containsExactly("send 1/1", "connected 1", "send 1/2", "refused 2 dial tcp:?timeout?", "send 1/3",
                "connected 3", "data 3 05", "send 1/4", "refused 4 closed");
    }

    @Test
    void aSilentServerHasNoVersionAndIsNotWaitedFor() {
        state.greet("md5", 0);
        open(1, 0);
        port.take();
        assertThat(state.deadline()).isEqualTo(SECOND);
        state.onTime(SECOND);
        assertThat(port.take()).containsExactly("version 1", "connected 1");
        open(2, 9 * SECOND);
        assertThat(state.awaits(2)).isFalse();
        assertThat(state.deadline()).isEqualTo(SessionState.NEVER);
    }

    @Test
    void aStreamThatIsNotAnsweredIsGivenUpAlone() {
        greeted();
        open(1, 0);
        open(2, SECOND);
        state.heard(2 * SECOND);
        port.take();
        assertThat(state.deadline()).isEqualTo(10 * SECOND);
        state.onTime(3 * SECOND);
        assertThat(port.take()).isEmpty();
        state.onTime(10 * SECOND);
        assertThat(port.take()).containsExactly("unanswered 1");
        assertThat(state.deadline()).isEqualTo(11 * SECOND);
    }

    @Test
    void aSessionThatIsSilentSinceAStreamWasAskedForIsDead() {
        greeted();
        state.heard(SECOND);
        open(1, 20 * SECOND);
        assertThat(port.take()).as("the proof that it lives is asked for, too").containsExactly("send 8/0", "send 1/1");
        assertThat(state.deadline()).isEqualTo(23 * SECOND);
        state.onTime(23 * SECOND);
        assertThat(port.take()).containsExactly("over : no answer to a heartbeat");
    }

    @Test
    void aServerThatWeHaveNotReachedYetIsNotDeadYet() {
        greeted();
        open(1, 5 * SECOND);
        state.clogged(8 * SECOND);
        port.take();
        state.onTime(8 * SECOND);
        assertThat(port.take()).isEmpty();
        assertThat(state.deadline()).isEqualTo(11 * SECOND);
        state.clogged(11 * SECOND);
        state.onTime(11 * SECOND);
        state.clogged(14 * SECOND);
        state.onTime(15 * SECOND);
        assertThat(port.take()).as("but not for ever").containsExactly("over : silent since a stream was asked for");
    }

    @Test
    void anyFrameIsAProofOfLife() {
        greeted();
        state.probe(20 * SECOND);
        state.probe(20 * SECOND);
        assertThat(port.take()).containsExactly("send 8/0");
        assertThat(state.deadline()).isEqualTo(23 * SECOND);
        state.heard(21 * SECOND);
        frame(Command.WASTE, 0, "");
        assertThat(state.deadline()).isEqualTo(SessionState.NEVER);
        state.onTime(24 * SECOND);
        assertThat(port.take()).isEmpty();
    }

    @Test
    void whatTheServerSaysToAll() {
        greeted();
        frame(Command.UPDATE_SCHEME, 0, "");
        frame(Command.UPDATE_SCHEME, 0, "stop=1");
        frame(Command.HEART_REQUEST, 3, "");
        frame(Command.ALERT, 0, "go away");
        assertThat(port.take()).containsExactly("scheme stop=1", "send 9/3", "over by peer: alert: go away");
        assertThat(port.anomalies).containsExactly(Anomaly.ALERT);
    }

    @Test
    void aResetNeedsAServerThatKnowsOne() {
        greeted();
        open(1, 0);
        port.take();
        state.reset(1, "limit");
        assertThat(port.take()).containsExactly("send 3/1");
        frame(Command.SERVER_SETTINGS, 0, "v=2\nreset=1");
        state.reset(1, "limit");
        assertThat(port.take()).containsExactly("version 2", "send 7/1 limit");
        frame(Command.SYNACK, 1, "");
        port.take();
        frame(Command.SYNACK, 1, "the target reset it");
        assertThat(port.take()).containsExactly("reset 1 the target reset it");
    }

    @Test
    void whatIsNotForAClientIsCounted() {
        greeted();
        frame(Command.SYN, 4, "");
        frame(Command.SETTINGS, 0, "v=2");
        frame(Command.SYNACK, 9, "");
        frame(Command.FIN, 9, "");
        frame(99, 0, "");
        assertThat(port.take()).isEmpty();
        assertThat(port.anomalies).containsExactly(Anomaly.UNKNOWN_FRAME, Anomaly.UNKNOWN_FRAME, Anomaly.UNKNOWN_STREAM,
                Anomaly.UNKNOWN_STREAM, Anomaly.UNKNOWN_FRAME);
    }
}
