package dev.sluice.rudp.simulator;

/** The links that reliable UDP is judged by, with the parameters of the benchmark that runs whole programs over them. */
enum LinkKind {
    /** Nothing is wrong with it. */
    CLEAN("clean, 20 ms, 100 Mbit/s", 10, 100, 256),
    /** Each packet by itself is lost. */
    LOSS_1("1 % loss, 20 ms, 100 Mbit/s", 10, 100, 256),
    /** As a bad radio link, and longer. */
    LOSS_5("5 % loss, 50 ms, 100 Mbit/s", 25, 100, 640),
    /** Losses come in rows of three. */
    BURSTS("bursts of 3 % loss, 30 ms, 100 Mbit/s", 15, 100, 384),
    /** By satellite, or around the world. */
    LONG("0.5 % loss, 200 ms, 50 Mbit/s", 100, 50, 1250),
    /** One product of rate and delay, as a home router has. */
    SHORT_QUEUE("10 Mbit/s, 30 ms, queue of 25", 15, 10, 37),
    /** Some packets overtake all that is under way. */
    REORDERED("5 % reordering, 20 ms, 100 Mbit/s", 10, 100, 256),
    /** What a tunnel leaves. */
    SMALL_MTU("path MTU 1280, 20 ms, 100 Mbit/s", 10, 100, 256),
    /** For blackouts and rebindings. */
    EVENT("20 ms, 50 Mbit/s", 10, 50, 256),
    /** For two flows. */
    SHARED("40 ms, 50 Mbit/s", 20, 50, 244);

    private final String title;
    private final int delayMillis;
    private final int megabits;
    private final int queueKib;

    LinkKind(String title, int delayMillis, int megabits, int queueKib) {
        this.title = title;
        this.delayMillis = delayMillis;
        this.megabits = megabits;
        this.queueKib = queueKib;
    }

    /** Makes one direction such a link. */
    void lay(Link link) {
        link.delayMillis(delayMillis).mbit(megabits);
        link.queueBytes = queueKib * 1024L;
        switch (this) {
            case LOSS_1 -> link.loss = 0.01;
            case LOSS_5 -> link.loss = 0.05;
            case BURSTS -> {
                link.toBad = 0.01;
                link.toGood = 0.32;
            }
            case LONG -> link.loss = 0.005;
            case REORDERED -> link.early = 0.05;
            case SMALL_MTU -> link.mtu = 1252;
            default -> {
                // nothing is wrong with it
            }
        }
    }

    @Override
    public String toString() {
        return title;
    }
}
