package dev.sluice.rudp.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.rudp.protocol.CloseCause;
import dev.sluice.testkit.Fuzzing;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Any frames from an authenticated peer, and any datagrams from strangers: the connection goes on or ends with a cause, and stays small. */
class ConnectionFuzzTest {
    private static final long MOST_MEMORY = 4 * 1024 * 1024;

    @Test
    void framesOfAPeer() {
        HexFormat hex = HexFormat.of();
        List<byte[]> corpus = List.of(hex.parseHex("1600000568656c6c6f"), hex.parseHex("17000a0568656c6c6f0244ff0a010203"),
                hex.parseHex("0400010505000106800fffff0700800fffff0841000a00"), hex.parseHex("0d0003627965"),
                hex.parseHex("0e0003627965"),
                hex.parseHex("090500090011223344556677880102030405060708090a0b0c0d0e0f10"),
                hex.parseHex("0b01020304050607080c0102030405060708"),
                hex.parseHex("02000000000103000000000102"), hex.parseHex("1a00024190018000ffff1b1903616263"),
                hex.parseHex("40400300010203"));
        Fuzzing.run(corpus, 3_000, ConnectionFuzzTest::frames);
    }

    @Test
    void datagramsOfStrangers() {
        Rogue rogue = new Rogue();
        byte[] genuine = rogue.seal(out -> BadInputTest.stream(out, 0, 0, 10, false));
        byte[] initial = rogue.first();
        Fuzzing.run(List.of(genuine, initial, new byte[0], new byte[]{(byte) 0x80, 0, 0, 0, 0, 0, 0}), 3_000, input -> {
            rogue.deliver(input.clone());
            rogue.answers();
            assertThat(rogue.server.over()).isFalse();
            rogue.accept(input);
        });
    }

    /** Jazzer's entry point. */
    @Tag("jazzer")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        frames(input);
    }

    private static void frames(byte[] input) {
        if (input.length > 1300) {
            return;
        }
        Rogue rogue = new Rogue();
        for (int i = 0; i < 3; i++) {
            rogue.send(out -> out.bytes(input, 0, input.length));
            rogue.answers();
            rogue.server.onTimeout(rogue.server.nextTimeout(2_000_000_000L));
        }
        assertThat(rogue.server.memory()).isLessThan(MOST_MEMORY);
        CloseCause cause = rogue.server.closeCause();
        if (cause != null) {
            assertThat(cause.kind()).isIn(CloseCause.Kind.VIOLATION, CloseCause.Kind.PEER, CloseCause.Kind.PEER_TRANSPORT,
                    CloseCause.Kind.IDLE);
        }
    }
}
