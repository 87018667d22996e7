package dev.sluice.net.splice;

import io.netty.channel.IoHandle;
import io.netty.channel.unix.FileDescriptor;

/**
 * Borrows the readiness events of a channel's descriptor from the channel. Epoll knows a descriptor once per set, so a second
 * registration is no way; instead the loop's handler sends the events here while the loan lasts.
 *
 * <p>Registered with the channel's {@code IoEventLoop}, which gives the loan: its {@code submit} sets what is waited for, its
 * {@code cancel} gives the descriptor back, with the interest that the channel had or has declared meanwhile. {@link #unregistered}
 * tells that the channel is about to close the descriptor: it must not be used any more.
 *
 * <p>It is no {@code EpollIoHandle} on purpose: a handler that does not lend refuses it.
 */
public interface BorrowingHandle extends IoHandle {

    /** The descriptor of the channel. */
    FileDescriptor fd();
}
