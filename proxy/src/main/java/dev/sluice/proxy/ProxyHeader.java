package dev.sluice.proxy;

/** Whether a direct outbound tells its targets who the client is, by the PROXY protocol before the first byte. */
public enum ProxyHeader {
    /** Nothing is written. */
    NONE,
    /** Version 1, one line of text. */
    V1,
    /** Version 2, binary. */
    V2
}
