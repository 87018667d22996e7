package dev.sluice.rudp.simulator;

/** The links that reliable UDP is judged by, with the parameters of the benchmark that runs whole programs over them. */
enum LinkKind {
    CLEAN("clean, 20 ms, 100 Mbit/s", 10, 100, 256), LOSS_1("1 % loss, 20 ms, 100 Mbit/s", 10, 100, 256) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.loss = 0.01;
        }
    },
    LOSS_5("5 % loss, 50 ms, 100 Mbit/s", 25, 100, 640) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.loss = 0.05;
        }
    },
    BURSTS("bursts of 3 % loss, 30 ms, 100 Mbit/s", 15, 100, 384) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.toBad = 0.01;
            link.toGood = 0.32;
        }
    },
    LONG("0.5 % loss, 200 ms, 50 Mbit/s", 100, 50, 1250) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.loss = 0.005;
        }
    },
    SHORT_QUEUE("10 Mbit/s, 30 ms, queue of 25", 15, 10, 37), REORDERED("5 % reordering, 20 ms, 100 Mbit/s", 10, 100, 256) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.early = 0.05;
        }
    },
    SMALL_MTU("path MTU 1280, 20 ms, 100 Mbit/s", 10, 100, 256) {
        @Override
        void lay(Link link) {
            super.lay(link);
            link.mtu = 1252;
        }
    },
    EVENT("20 ms, 50 Mbit/s", 10, 50, 256), SHARED("40 ms, 50 Mbit/s", 20, 50, 244);

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
    }

    @Override
    public String toString() {
        return title;
    }
}
