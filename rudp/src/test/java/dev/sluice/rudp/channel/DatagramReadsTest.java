package dev.sluice.rudp.channel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** How much a socket reads before the loop does something else. */
final class DatagramReadsTest {

    private static int datagrams(int size) {
        ExtendedHandle handle = (ExtendedHandle) new DatagramReads(new Slab(65_535)).newHandle();
        handle.reset(new EmbeddedChannel().config());
        int count = 0;
        do {
            handle.incMessagesRead(1);
            handle.attemptedBytesRead(handle.guess());
            handle.lastBytesRead(size);
            count++;
        } while (handle.continueReading(() -> true) && count < 10_000);
        return count;
    }

    @Test
    void fewLargeOnesOrManySmallOnes() {
        assertThat(datagrams(65_000)).isEqualTo(5);
        assertThat(datagrams(40)).as("acknowledgements of many").isEqualTo(128);
    }
}
