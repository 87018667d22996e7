package dev.sluice.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;

/**
 * Who may use an inbound. Wrong passwords are throttled per source; hashes are checked off the loop and the answers cached.
 *
 * <p>Any loop.
 */
public interface Users {

    /** Whether a client must say who it is. */
    boolean required();

    /**
     * Checks a name and a password, in a time that does not depend on which of them is wrong.
     *
     * @return done on {@code loop}; false also where the source is throttled
     */
    Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password);
}
