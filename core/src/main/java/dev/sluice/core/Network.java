package dev.sluice.core;

/** The two kinds of traffic that Sluice carries. */
public enum Network {
    /** A byte stream. */
    TCP,
    /** Addressed packets. */
    UDP;

    /** The name used in configuration and logs: {@code tcp} or {@code udp}. */
    @Override
    public String toString() {
        return this == TCP ? "tcp" : "udp";
    }
}
