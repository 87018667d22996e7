package dev.sluice.net;

/** Which of the system's event interfaces moves the bytes. */
public enum Transport {
    /** Linux epoll, the default there. */
    EPOLL,
    /** Linux io_uring, behind a switch. */
    IO_URING,
    /** Java NIO: everywhere. */
    NIO;
}
