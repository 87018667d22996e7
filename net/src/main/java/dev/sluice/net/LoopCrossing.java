package dev.sluice.net;

import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.SpscUnboundedArrayQueue;

/**
 * A queue of buffers and marks from one event loop to another, bounded in bytes: what two channels of different loops need to be
 * joined. Wake-ups are coalesced: a burst costs the receiver one task, and the credit for it costs the sender one.
 *
 * <p>Methods of the sender, on its loop: {@link #room}, {@link #put}, {@link #wake}. Method of the receiver, on its loop:
 * {@link #taken}.
 */
final class LoopCrossing {
    /** What is called on the two loops. */
    interface Ends {
        /** On the receiver's loop: the next item. A buffer is owned by who gets it. */
        void arrived(Object item);

        /** On the receiver's loop: that was the last item of this burst. */
        void burstEnded();

        /** On the sender's loop: there is more room. */
        void roomAgain();
    }

    private static final int CHUNK = 32;

    private final EventExecutor sender;
    private final EventExecutor receiver;
    private final Ends ends;
    private final int limit;
    private final SpscUnboundedArrayQueue<Object> queue = new SpscUnboundedArrayQueue<>(CHUNK);
    private final AtomicBoolean awake = new AtomicBoolean();
    private final AtomicInteger credit = new AtomicInteger();
    private int onTheWay; // of the sender

    /** At most about {@code limit} bytes are on the way. */
    LoopCrossing(EventExecutor sender, EventExecutor receiver, int limit, Ends ends) {
        this.sender = sender;
        this.receiver = receiver;
        this.limit = limit;
        this.ends = ends;
    }

    /** How many bytes more may be put. */
    int room() {
        return limit - onTheWay;
    }

    /** Puts an item that counts as {@code bytes}; marks count as none and are always taken. */
    void put(Object item, int bytes) {
        onTheWay += bytes;
        queue.add(item);
    }

    /** Tells the receiver, unless it has been told and has not come yet. */
    void wake() {
        if (awake.compareAndSet(false, true)) {
            try {
                receiver.execute(this::drain);
            } catch (RejectedExecutionException e) { // the loop is gone, and with it the channel
                for (Object item = queue.poll(); item != null; item = queue.poll()) {
                    ReferenceCountUtil.release(item);
                }
            }
        }
    }

    private void drain() {
        awake.set(false); // first: what is put from here on wakes again
        for (Object item = queue.poll(); item != null; item = queue.poll()) {
            ends.arrived(item);
        }
        ends.burstEnded();
    }

    /** The receiver is done with so many bytes. */
    void taken(int bytes) {
        if (bytes > 0 && credit.getAndAdd(bytes) == 0) {
            try {
                sender.execute(this::credited);
            } catch (RejectedExecutionException e) {
                credit.set(0); // nobody is left to send
            }
        }
    }

    private void credited() {
        onTheWay -= credit.getAndSet(0);
        ends.roomAgain();
    }
}
