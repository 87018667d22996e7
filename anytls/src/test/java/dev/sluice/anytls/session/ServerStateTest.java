package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.padding.PaddingScheme;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class ServerStateTest {
    private static final String OURS = "v=2\nclient=x\npadding-md5=" + PaddingScheme.DEFAULT.md5();
    private static final byte[] NONE = new byte[0];

    private final RecordingPort port = new RecordingPort();
    private final ServerState state = new ServerState(port, port, PaddingScheme.DEFAULT, 3, 2000);

    private void frame(int command, int stream, String data) {
        byte[] bytes = data.getBytes(UTF_8);
        state.frame(command, stream, bytes.length, bytes);
    }

    private void settled(String settings) {
        frame(Command.SETTINGS, 0, settings);
        port.take();
    }

    @Test
    void aClientOfVersionTwoIsAnswered() {
        frame(Command.SETTINGS, 0, OURS);
        assertThat(port.take()).containsExactly("send 10/0 v=2|reset=1");
        state.at(100);
        frame(Command.SYN, 1, "");
        assertThat(port.take()).containsExactly("open 1");
        assertThat(state.deadline()).isEqualTo(2100);
        state.established(1);
        state.established(1);
        assertThat(port.take()).containsExactly("send 7/1");
        assertThat(state.deadline()).isEqualTo(SessionState.NEVER);
    }

    @Test
    void anotherSchemeIsSentFirstAndTheVersionAfterIt() {
        frame(Command.SETTINGS, 0, "v=2\npadding-md5=other");
        assertThat(port.take()).containsExactly("send 6/0 " + new String(PaddingScheme.DEFAULT.text(), UTF_8).replace("\n", "|"),
                "send 10/0 v=2|reset=1");
        frame(Command.SETTINGS, 0, "");
        assertThat(port.take()).isEmpty();
    }

    @Test
    void aClientOfVersionOneGetsNoAnswers() {
        frame(Command.SETTINGS, 0, "padding-md5=" + PaddingScheme.DEFAULT.md5());
        frame(Command.SYN, 1, "");
        state.established(1);
        assertThat(state.refused(1, "no")).isFalse();
        assertThat(state.deadline()).isEqualTo(SessionState.NEVER);
        assertThat(port.take()).containsExactly("open 1");
    }

    @Test
    void aSlowDialIsAnsweredInTimeWithYes() {
        settled(OURS);
        state.at(0);
        frame(Command.SYN, 1, "");
        state.at(500);
        frame(Command.SYN, 2, "");
        state.onTime(2000);
        assertThat(port.take()).containsExactly("open 1", "open 2", "send 7/1");
        assertThat(state.deadline()).isEqualTo(2500);
        assertThat(state.refused(1, "no route")).as("a second answer is a reset").isTrue();
        state.closed(2);
        assertThat(state.deadline()).isEqualTo(SessionState.NEVER);
        assertThat(port.take()).containsExactly("send 7/1 no route", "send 3/1");
    }

    @Test
    void settingsMayComeWithEveryStreamAndItsNumber() {
        frame(Command.SETTINGS, 1, OURS);
        frame(Command.SYN, 1, "");
        frame(Command.SETTINGS, 2, OURS);
        frame(Command.SYN, 2, "");
        assertThat(port.take()).containsExactly("send 10/0 v=2|reset=1", "open 1", "open 2");
        assertThat(port.anomalies).isEmpty();
    }

    @Test
    void aSynBeforeTheSettingsEndsTheSession() {
        frame(Command.SYN, 1, "");
        assertThat(port.take()).containsExactly("send 5/0 client did not send its settings",
                "over : client did not send its settings");
        assertThat(port.anomalies).containsExactly(Anomaly.SYN_BEFORE_SETTINGS);
    }

    @Test
    void oddNumbersAreCounted() {
        settled(OURS);
        frame(Command.SYN, 5, "");
        frame(Command.SYN, 5, "");
        frame(Command.SYN, 0, "");
        frame(Command.SYN, 2, "");
        assertThat(port.take()).containsExactly("open 5", "open 2");
        assertThat(port.anomalies).containsExactly(Anomaly.DUPLICATE_SYN, Anomaly.DUPLICATE_SYN, Anomaly.BACKWARD_SYN);
    }

    @Test
    void aMillionSynsAreBounded() {
        settled(OURS);
        int alerts = 0;
        int opened = 0;
        for (int id = 1; id <= 1_000_000 && alerts == 0; id++) {
            frame(Command.SYN, id, "");
            for (String did : port.take()) {
                opened += did.startsWith("open") ? 1 : 0;
                alerts += did.startsWith("over") ? 1 : 0;
            }
        }
        assertThat(opened).isEqualTo(3);
        assertThat(alerts).isEqualTo(1);
        assertThat(port.anomalies).hasSize(10_000).containsOnly(Anomaly.TOO_MANY_STREAMS);
    }

    @Test
    void heartbeatsAreAnsweredWithTheirNumber() {
        frame(Command.HEART_REQUEST, 0, "");
        frame(Command.HEART_REQUEST, 77, "");
        frame(Command.HEART_RESPONSE, 0, "");
        assertThat(port.take()).containsExactly("send 9/0", "send 9/77");
        assertThat(port.anomalies).isEmpty();
    }

    @Test
    void whatIsUnknownIsCountedAndDropped() {
        settled(OURS);
        frame(77, 1, "abc");
        frame(Command.FIN, 9, "");
        frame(Command.SYN, 1, "data");
        frame(Command.SERVER_SETTINGS, 0, "v=9");
        state.data(8, Unpooled.wrappedBuffer(new byte[]{1}));
        assertThat(port.take()).containsExactly("open 1", "data 8 01");
        assertThat(port.anomalies).containsExactly(Anomaly.UNKNOWN_FRAME, Anomaly.UNKNOWN_STREAM, Anomaly.UNKNOWN_FRAME,
                Anomaly.UNKNOWN_FRAME, Anomaly.UNKNOWN_STREAM);
    }

    @Test
    void aResetIsAnErrorToVersionTwoAndAnEndToVersionOne() {
        settled(OURS);
        frame(Command.SYN, 1, "");
        state.established(1);
        port.take();
        state.reset(1, "limit");
        assertThat(port.take()).as("who does not know ours may only count on the end").containsExactly("send 7/1 limit",
                "send 3/1");

        RecordingPort old = new RecordingPort();
        ServerState first = new ServerState(old, old, PaddingScheme.DEFAULT, 3, 2000);
        first.frame(Command.SETTINGS, 0, 0, ("padding-md5=" + PaddingScheme.DEFAULT.md5()).getBytes(UTF_8));
        first.frame(Command.SYN, 1, 0, NONE);
        first.reset(1, "limit");
        assertThat(old.take()).containsExactly("open 1", "send 3/1");
    }

    @Test
    void aClientThatKnowsResetsGetsNoEndBehindOne() {
        settled(OURS + "\nreset=1");
        frame(Command.SYN, 1, "");
        state.refused(1, "no route");
        assertThat(port.take()).containsExactly("open 1", "send 7/1 no route");
    }

    @Test
    void aClientMayResetWhereItHasSaidSo() {
        settled(OURS + "\nreset=1");
        frame(Command.SYN, 1, "");
        frame(Command.SYNACK, 1, "reset");
        frame(Command.SYNACK, 1, "reset");
        assertThat(port.take()).containsExactly("open 1", "reset 1 reset by the client");
        assertThat(port.anomalies).containsExactly(Anomaly.UNKNOWN_STREAM);
    }
}
