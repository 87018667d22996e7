package dev.sluice.proxy;

/**
 * What an inbound speaks with its clients: HTTP, SOCKS, either by the first byte, or nothing (a forwarded port).
 *
 * <p>Immutable, shared by all loops.
 */
public interface ClientProtocol {

    /**
     * Takes over a client that has been admitted: its TLS, if any, and its PROXY header are done with. The channel has auto-read
     * off and a {@code ReadHold} at the end of its pipeline. Called on the client's loop.
     */
    void take(ClientSession session);
}
