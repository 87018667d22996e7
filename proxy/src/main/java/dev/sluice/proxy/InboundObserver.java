package dev.sluice.proxy;

import java.time.Duration;

/** Counts what happens at the door, before there is a connection to log. Called on the clients' loops; never blocks. */
public interface InboundObserver {

    /** Why a client, or what it asked for, was turned away. The {@linkplain #label() label} is what metrics show. */
    enum Refusal {
        /** The limit of all connections is reached. */
        TOTAL_LIMIT("total-limit"),
        /** The limit of connections from one source is reached. */
        SOURCE_LIMIT("source-limit"),
        /** The limit of connections of one user is reached. */
        USER_LIMIT("user-limit"),
        /** The source is not in {@code allow-from}. */
        NOT_ALLOWED("not-allowed"),
        /** The PROXY header is missing or broken. */
        PROXY_HEADER("proxy-header"),
        /** The TLS handshake failed. */
        TLS("tls"),
        /** The handshake took too long. */
        HANDSHAKE_TIMEOUT("handshake-timeout"),
        /** The client left before it had asked for anything. */
        LEFT("left"),
        /** The first byte begins no protocol that is spoken here. */
        GARBAGE("garbage"),
        /** The client broke its protocol. */
        PROTOCOL("protocol"),
        /** A command that is not supported. */
        COMMAND("command"),
        /** No credentials, wrong ones, or too many wrong ones before. */
        UNAUTHORIZED("unauthorized");

        private final String label;

        Refusal(String label) {
            this.label = label;
        }

        /** A stable lower-case word. */
        public String label() {
            return label;
        }
    }

    /** Why a packet was dropped. */
    enum PacketDrop {
        /** It did not come from the client that the association belongs to. */
        FOREIGN("foreign"),
        /** A fragment: not supported. */
        FRAGMENT("fragment"),
        /** Its header is broken. */
        MALFORMED("malformed"),
        /** A reply from an address that the user has not sent to. */
        FILTERED("filtered"),
        /** A queue is full. */
        QUEUE("queue"),
        /** A rate limit. */
        RATE("rate");

        private final String label;

        PacketDrop(String label) {
            this.label = label;
        }

        /** A stable lower-case word. */
        public String label() {
            return label;
        }
    }

    /** An observer that keeps nothing. */
    InboundObserver NONE = new InboundObserver() {};

    /** A client connected. */
    default void accepted(String inbound) {}

    /** A client was turned away. */
    default void refused(String inbound, Refusal cause) {}

    /** A client said what it wants: its handshake, PROXY header and TLS included, took so long. */
    default void handshake(String inbound, Duration duration) {}

    /** A packet was dropped. */
    default void dropped(String inbound, PacketDrop cause) {}

    /** A UDP flow began; {@link #flowEnded} follows. */
    default void flowBegan(String inbound) {}

    /** A UDP flow ended. */
    default void flowEnded(String inbound) {}

    /** The oldest idle UDP flow had to go because the table was full. */
    default void flowEvicted(String inbound) {}
}
