package dev.sluice.bench;

import java.util.List;

/**
 * A kind of link, and what is looked at on it.
 *
 * @param name in the table
 * @param link options of the emulator
 * @param seconds how long a download takes
 * @param kind what is measured
 */
record LinkScenario(String name, List<String> link, double seconds, Kind kind) {

    /** What is measured. */
    enum Kind {
        /** Payload, and bytes on the wire for each of its bytes; all programs take turns on one link. */
        RATE,
        /** The longest time without a byte, on a link of its own for each download. */
        SILENCE,
        /** The part of the link that is taken beside one TCP flow with CUBIC. */
        SHARE
    }

    /** When a blackout or a rebinding begins, seconds after the download: programs of a JVM have compiled by then. */
    static final int EVENT_AT = 4;
    /** How long a blackout is. */
    static final int BLACKOUT = 3;

    /** All of them. Rates in Mbit/s, delays one way; queues hold one bandwidth-delay product, at least 64 KiB. */
    static List<LinkScenario> all() {
        return List.of(rate("clean, 20 ms, 100 Mbit", "--delay 10 --rate 100 --queue 256"),
                rate("1 % loss, 20 ms, 100 Mbit", "--delay 10 --rate 100 --queue 256 --loss 1"),
                rate("5 % loss, 50 ms, 100 Mbit", "--delay 25 --rate 100 --queue 640 --loss 5"),
                rate("bursty 3 % loss, 30 ms, 100 Mbit", "--delay 15 --rate 100 --queue 384 --burst-loss 1,32"),
                rate("0.5 % loss, 200 ms, 50 Mbit", "--delay 100 --rate 50 --queue 1250 --loss 0.5"),
                rate("10 Mbit, 30 ms, queue of 25", "--delay 15 --rate 10 --queue 37"),
                rate("5 % reordering, 20 ms, 100 Mbit", "--delay 10 --rate 100 --queue 256 --reorder 5"),
                rate("path MTU 1280, 20 ms, 100 Mbit", "--delay 10 --rate 100 --queue 256 --mtu 1280"),
                new LinkScenario("blackout of 3 s", options("--delay 10 --rate 50 --queue 256 --blackout -1,"
                        + BLACKOUT), 0, Kind.SILENCE),
                new LinkScenario("NAT rebinding", options("--delay 10 --rate 50 --queue 256 --rebind -1"), 0,
                        Kind.SILENCE),
                new LinkScenario("beside one CUBIC flow, 40 ms, 50 Mbit", options("--delay 20 --rate 50 --queue 244"), 12,
                        Kind.SHARE));
    }

    /** How long a download with an event lasts, seconds. */
    double withEvent() {
        return EVENT_AT + BLACKOUT + 4;
    }

    /** The silence that the link itself makes. */
    double linkSilenceMillis() {
        return link.contains("--blackout") ? BLACKOUT * 1e3 : 0;
    }

    private static LinkScenario rate(String name, String link) {
        return new LinkScenario(name, options(link), 8, Kind.RATE);
    }

    private static List<String> options(String text) {
        return List.of(text.split(" ", -1));
    }
}
