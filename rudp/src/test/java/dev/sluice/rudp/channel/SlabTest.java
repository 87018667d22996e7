package dev.sluice.rudp.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.LeakWatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
final class SlabTest {
    private final Slab slab = new Slab(100);

    private ByteBuf take(int length) {
        return slab.take(length, UnpooledByteBufAllocator.DEFAULT);
    }

    @Test
    void piecesAreEmptyAndApart() {
        ByteBuf one = take(40);
        ByteBuf two = take(60);

        assertThat(one.readableBytes()).isZero();
        assertThat(one.maxCapacity()).isEqualTo(40);
        one.writeZero(40);
        two.writeBytes(new byte[]{1, 2, 3});
        assertThat(two.memoryAddress()).isEqualTo(one.memoryAddress() + 40);
        assertThat(one.getByte(39)).isZero();
        one.release();
        two.release();
    }

    @Test
    void onceAllAreReleasedItBeginsAnew() {
        ByteBuf one = take(60);
        long address = one.memoryAddress();
        ByteBuf two = take(20);
        one.release();
        ByteBuf three = take(20); // the second is still out
        assertThat(three.memoryAddress()).isEqualTo(address + 80);
        two.release();
        three.release();

        ByteBuf again = take(100);
        assertThat(again.memoryAddress()).isEqualTo(address);
        again.release();
    }

    @Test
    void whereItIsFullTheAllocatorServes() {
        ByteBuf one = take(60);
        one.writeZero(60);
        ByteBuf two = take(60);
        two.writeBytes(new byte[60]);

        assertThat(two.maxCapacity()).isEqualTo(60);
        assertThat(two.unwrap()).isNotSameAs(one.unwrap());
        one.release();
        assertThat(two.release()).isTrue(); // it stands for itself
    }
}
