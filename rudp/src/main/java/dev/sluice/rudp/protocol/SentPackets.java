package dev.sluice.rudp.protocol;

import java.util.Arrays;

/**
 * The packets that were sent, by number: a ring that grows with what is under way. Numbers only go up; some are left out at
 * unpredictable places, so that a peer that acknowledges what it did not get is found out (RFC 9000 §21.4).
 */
final class SentPackets {
    /** The ring never grows beyond this: 2^18 packets under way fill 3 Gbit/s over a second. */
    static final int MAX = 1 << 18;

    private SentPacket[] ring = new SentPacket[64];
    /** Below this, everything is forgotten. */
    private long base;
    private long next;

    SentPackets() {
        Arrays.setAll(ring, i -> new SentPacket());
    }

    long base() {
        return base;
    }

    /** The next number. */
    long next() {
        return next;
    }

    SentPacket get(long number) {
        return ring[(int) number & ring.length - 1];
    }

    boolean full() {
        return next - base >= MAX;
    }

    /** The slot of the next number, to be filled; it counts as sent with {@link #commit}. */
    SentPacket prepare() {
        if (next - base >= ring.length) {
            grow();
        }
        SentPacket slot = ring[(int) next & ring.length - 1];
        slot.clear();
        slot.state = SentPacket.State.NOT_SENT;
        slot.packetNumber = next;
        return slot;
    }

    void commit(SentPacket slot) {
        slot.state = SentPacket.State.OUTSTANDING;
        next++;
    }

    /** Leaves a number out. */
    void skip() {
        prepare();
        next++;
    }

    /** Forgets acknowledged and skipped packets at the lower end, and lost ones that were lost before {@code lostBefore}. */
    void trim(long lostBefore) {
        while (base < next) {
            SentPacket slot = get(base);
            if (slot.state == SentPacket.State.OUTSTANDING || (slot.state == SentPacket.State.LOST && slot.lostAt > lostBefore)) {
                return;
            }
            slot.clear();
            slot.state = SentPacket.State.NOT_SENT;
            base++;
        }
    }

    void free() {
        ring = new SentPacket[]{new SentPacket()};
        base = next;
    }

    private void grow() {
        SentPacket[] larger = new SentPacket[2 * ring.length];
        for (long number = base; number < next; number++) {
            larger[(int) number & larger.length - 1] = get(number);
        }
        for (int i = 0; i < larger.length; i++) {
            if (larger[i] == null) {
                larger[i] = new SentPacket();
            }
        }
        ring = larger;
    }
}
