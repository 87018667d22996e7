package dev.sluice.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who may use an inbound. Wrong passwords are throttled per source; hashes are checked off the loop and the answers cached.
 *
 * <p>Any loop.
 */
public interface Users {

    /** Nobody has to say who he is. */
    Users NONE = new Users() {
        @Override
        public boolean required() {
            return false;
        }

        @Override
        public Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password) {
            return loop.newSucceededFuture(true);
        }
    };

    /** A place among a user's connections, and what it may carry. */
    interface Slot {
        /** The rate that all connections of the user share; null for none. */
        @Nullable
        Rate rate();

        /** Gives the place back; called once. */
        void leave();
    }

    /** A place without a limit. */
    Slot UNLIMITED = new Slot() {
        @Override
        public @Nullable Rate rate() {
            return null;
        }

        @Override
        public void leave() {}
    };

    /** Whether a client must say who it is. */
    boolean required();

    /**
     * Checks a name and a password, in a time that does not depend on which of them is wrong.
     *
     * @return done on {@code loop}; false also where the source is throttled
     */
    Future<Boolean> check(EventLoop loop, InetAddress source, String name, String password);

    /** Takes a place among the connections of a user whose password was right; null at the user's limit. */
    default @Nullable Slot enter(String name) {
        return UNLIMITED;
    }
}
