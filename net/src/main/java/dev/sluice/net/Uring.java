package dev.sluice.net;

import io.netty.channel.Channel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringSocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The one door to Netty's io_uring, which must be told before it is loaded not to wait for input with one poll request that stays
 * armed. Such a request reports a change once: where a reset comes with the last bytes, Netty reads those, takes the socket for
 * empty (a reset leaves nothing in its queue) and waits for a change that has been reported already. The next read then never
 * hears of the reset. A request per wait reports what is the case.
 */
final class Uring {
    private static final String ONE_POLL_FOR_ALL = "io.netty.iouring.pollAddMultishotEnabled";

    private Uring() {}

    /** Why io_uring does not work here; null where it does. */
    static @Nullable Throwable unavailabilityCause() {
        if (System.getProperty(ONE_POLL_FOR_ALL) == null) {
            System.setProperty(ONE_POLL_FOR_ALL, "false");
        }
        return IoUring.unavailabilityCause();
    }

    /** Whether it is a TCP socket on io_uring. */
    static boolean isOurs(Channel channel) {
        return channel instanceof IoUringSocketChannel;
    }
}
