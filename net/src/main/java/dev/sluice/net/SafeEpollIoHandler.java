package dev.sluice.net;

import dev.sluice.net.splice.BorrowingHandle;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Netty's epoll handler without a fault of 4.2.13 to 4.2.20: an interest of NONE takes the descriptor out of the epoll set while
 * the registration still believes it is in, so the next interest fails with ENOENT and the connection is lost. That happens
 * whenever auto-read is off and the peer sends FIN: what a proxy does all day. Here NONE becomes an edge-triggered wait for
 * errors, which keeps the descriptor in the set and quiet.
 *
 * <p>It also lends the events of a channel's descriptor to a {@link BorrowingHandle}: epoll knows a descriptor once per set, so
 * whoever moves bytes for a channel must take the channel's place.
 *
 * <p>And it tells epoll of a changed interest only before the loop waits: while a connection is set up and torn down its interest
 * changes ten times, and only the last before a wait counts. An edge-triggered interest is told at once, because telling it again is
 * what reports anew what is ready.
 *
 * <p>The first part goes away when a Netty without the fault can be had; {@code TransportTest} tells.
 */
final class SafeEpollIoHandler implements IoHandler {
    private static final Logger log = LoggerFactory.getLogger(SafeEpollIoHandler.class);
    private static final EpollIoOps QUIET = EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLET);

    private final IoHandler epoll;
    private final IntObjectHashMap<Registration> registrations = new IntObjectHashMap<>();
    private final ArrayDeque<Registration> changed = new ArrayDeque<>();

    private SafeEpollIoHandler(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory factory = EpollIoHandler.newFactory();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new SafeEpollIoHandler(factory.newHandler(executor));
            }

            @Override
            public boolean isChangingThreadSupported() {
                return factory.isChangingThreadSupported();
            }
        };
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        for (Registration registration = changed.poll(); registration != null; registration = changed.poll()) {
            registration.tell();
        }
        return epoll.run(context);
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        if (handle instanceof BorrowingHandle borrower) {
            Registration owner = registrations.get(borrower.fd().intValue());
            if (owner == null) {
                throw new IllegalStateException("no channel of this loop has the descriptor");
            }
            return owner.lend(borrower);
        }
        Registration registration = new Registration((EpollIoHandle) handle);
        registration.epoll = epoll.register(registration);
        registrations.put(registration.fd().intValue(), registration);
        return registration;
    }

    /** What stands between a channel and epoll: sends the channel's events to the channel, or to whom it lent its descriptor. */
    private final class Registration implements IoRegistration, EpollIoHandle {
        private final EpollIoHandle handle;
        private @Nullable IoRegistration epoll;
        private @Nullable Loan loan;
        private IoOps wanted = EpollIoOps.NONE;
        /** What epoll is to be told before the loop waits; null where it knows. */
        private @Nullable IoOps untold;
        private IoOps told = EpollIoOps.NONE;
        private boolean isChanged;

        private Registration(EpollIoHandle handle) {
            this.handle = handle;
        }

        private IoRegistration epoll() {
            return Objects.requireNonNull(epoll);
        }

        Loan lend(BorrowingHandle borrower) {
            if (loan != null) {
                throw new IllegalStateException("the descriptor is lent already");
            }
            loan = new Loan(this, borrower);
            return loan;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
        public <T> T attachment() {
            return epoll().attachment();
        }

        @Override
        public long submit(IoOps ops) {
            wanted = ops;
            return loan == null ? submitNow(ops) : ((EpollIoOps) ops).value();
        }

        private long submitNow(IoOps ops) {
            EpollIoOps interest = (EpollIoOps) ops;
            if (interest.contains(EpollIoOps.EPOLLET)) {
                untold = null;
                told = interest;
                return epoll().submit(interest);
            }
            untold = interest;
            if (!isChanged) {
                isChanged = true;
                changed.add(this);
            }
            return interest.value();
        }

        /** The loop is about to wait. */
        private void tell() {
            isChanged = false;
            IoOps ops = untold;
            untold = null;
            if (ops == null || !isValid()) {
                return;
            }
            if (EpollIoOps.NONE.equals(ops)) {
                ops = QUIET;
            }
            boolean inSet = !EpollIoOps.NONE.equals(told);
            if (!ops.equals(told) && (inSet || !ops.equals(QUIET))) {
                told = ops;
                try {
                    epoll().submit(ops);
                } catch (RuntimeException e) { // the loop and its other channels go on
                    log.warn("epoll refuses a channel's interest; the channel is closed", e);
                    closeHandle();
                }
            }
        }

        private void closeHandle() {
            try {
                handle.close();
            } catch (Exception e) {
                log.warn("a channel that epoll refused cannot be closed", e);
            }
        }

        @Override
        public boolean isValid() {
            return epoll().isValid();
        }

        @Override
        public boolean cancel() {
            if (registrations.get(fd().intValue()) == this) {
                registrations.remove(fd().intValue());
            }
            Loan lent = loan;
            if (lent != null) {
                loan = null;
                lent.borrower.unregistered();
            }
            return epoll().cancel();
        }

        @Override
        public FileDescriptor fd() {
            return handle.fd();
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            if (loan == null) {
                handle.handle(this, event);
            } else {
                loan.borrower.handle(loan, event);
            }
        }

        @Override
        public void registered() {
            handle.registered();
        }

        @Override
        public void unregistered() {
            handle.unregistered();
        }

        @Override
        public void close() throws Exception {
            handle.close();
        }
    }

    /** A descriptor lent by its channel. */
    private static final class Loan implements IoRegistration {
        private final Registration owner;
        private final BorrowingHandle borrower;
        private boolean cancelled;

        private Loan(Registration owner, BorrowingHandle borrower) {
            this.owner = owner;
            this.borrower = borrower;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
        public <T> T attachment() {
            return owner.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            return owner.loan == this ? owner.submitNow(ops) : -1;
        }

        @Override
        public boolean isValid() {
            return owner.loan == this;
        }

        @Override
        public boolean cancel() {
            if (cancelled) {
                return false;
            }
            cancelled = true;
            if (owner.loan == this) {
                owner.loan = null;
                owner.submitNow(owner.wanted);
            }
            return true;
        }
    }
}
