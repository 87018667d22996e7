package dev.sluice.rudp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** Waits for futures on behalf of threads that may. */
final class Blocking {
    private Blocking() {}

    /** The result; what it failed with as an {@code IOException}, with this call in its trace. */
    static <T> T await(EventLoop loop, Future<T> future) throws IOException {
        if (loop.inEventLoop()) {
            throw new IllegalStateException("this waits, and would stop the event loop; call from another thread, or the methods"
                    + " that give futures");
        }
        try {
            future.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(false);
            throw (IOException) new InterruptedIOException("interrupted").initCause(e);
        }
        Throwable cause = future.cause();
        if (cause == null) {
            return future.getNow();
        }
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        IOException failure = switch (cause) {
            case SocketTimeoutException e -> new SocketTimeoutException(message);
            case BindException e -> new BindException(message);
            case UnknownHostException e -> new UnknownHostException(message);
            case NoRouteToHostException e -> new NoRouteToHostException(message);
            default -> new IOException(message);
        };
        failure.initCause(cause);
        throw failure;
    }
}
