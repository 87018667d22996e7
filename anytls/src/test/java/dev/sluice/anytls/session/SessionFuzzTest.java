package dev.sluice.anytls.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.anytls.frame.Command;
import dev.sluice.anytls.frame.FrameDecoder;
import dev.sluice.anytls.frame.Frames;
import dev.sluice.anytls.padding.PaddingScheme;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Any frames, at either end of a session. */
class SessionFuzzTest {
    private static final List<byte[]> CORPUS = List.of(
            frames(Command.SETTINGS, 0, "v=2", Command.SYN, 1, "", Command.PSH, 1, "x"),
            frames(Command.SETTINGS, 0, "reset=1", Command.SYN, 1, "", Command.SYNACK, 1, "no", Command.FIN, 1, ""),
            frames(Command.SERVER_SETTINGS, 0, "v=2\nreset=1", Command.SYNACK, 1, "", Command.SYNACK, 2, "no", Command.FIN, 3,
                    ""),
            frames(Command.UPDATE_SCHEME, 0, "stop=8", Command.ALERT, 0, "bye", Command.HEART_REQUEST, 0, ""));

    private static byte[] frames(Object... parts) {
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < parts.length; i += 3) {
            Frames.write(out, (int) parts[i], (int) parts[i + 1], ((String) parts[i + 2]).getBytes(UTF_8));
        }
        return ByteBufUtil.getBytes(out);
    }

    @Test
    void corpusAndMutations() {
        Fuzzing.run(CORPUS, 5_000, SessionFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return CORPUS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** Never an exception; no stream is opened twice, or answered twice without a reset; time passes without harm. */
    static void fuzzerTestOneInput(byte[] input) {
        RecordingPort server = new RecordingPort();
        ServerState accepting = new ServerState(server, server, PaddingScheme.DEFAULT, 4, 1000);
        new FrameDecoder().decode(Unpooled.wrappedBuffer(input), accepting);
        assertThat(server.open.size()).isLessThanOrEqualTo(4);
        for (long time = 0; accepting.deadline() != SessionState.NEVER; time += 1000) {
            accepting.onTime(time);
            assertThat(time).isLessThan(10_000);
        }
        RecordingPort client = new RecordingPort();
        ClientState dialling = new ClientState(client, client, "", 2000);
        dialling.greet("md5", 0);
        for (int i = 0; i < 3; i++) {
            int stream = dialling.next();
            client.open.add(stream);
            dialling.open(stream, 0);
        }
        new FrameDecoder().decode(Unpooled.wrappedBuffer(input), dialling);
        for (int stream = 1; stream <= 3; stream++) {
            int id = stream;
            assertThat(client.done.stream().filter(did -> did.equals("connected " + id) || did.startsWith("refused " + id)))
                    .hasSizeLessThanOrEqualTo(1);
        }
    }
}
