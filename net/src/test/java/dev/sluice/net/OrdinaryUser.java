package dev.sluice.net;

import dev.sluice.net.splice.PipePool;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.FileDescriptor;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A program of its own: relays big streams as a user without privileges, who has used up his pages in pipes. Prints the largest
 * pipe that he still got, then {@code ok}.
 */
final class OrdinaryUser {
    private static final int NOBODY = 65534;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int STREAMS = 8;
    private static final long SIZE = 12 << 20;

    private OrdinaryUser() {}

    public static void main(String[] arguments) throws Exception {
        try (RelayRig rig = new RelayRig(Transport.EPOLL, RelayOptions.DEFAULT);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            relay(rig, threads, 1); // what is loaded now need not be read by another user
            if (call("getuid", 0) == 0) {
                call("setgid", NOBODY);
                call("setuid", NOBODY);
            }
            List<FileDescriptor[]> pipes = new ArrayList<>();
            int largest = 1 << 20;
            while (largest == 1 << 20 && pipes.size() < 2000) {
                FileDescriptor[] pipe = FileDescriptor.pipe();
                pipes.add(pipe);
                largest = fcntl(pipe[1].intValue());
            }
            System.out.println(pipes.size() + " pipes, then " + largest);
            relay(rig, threads, STREAMS);
            for (EventLoop loop : rig.loops.all()) {
                System.out.println("lent " + loop.submit(() -> PipePool.ofLoop().lent()).get());
            }
            System.out.println("ok");
        }
        System.exit(0);
    }

    private static void relay(RelayRig rig, ExecutorService threads, int streams) throws Exception {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            RelayRig.Open open = rig.open();
            Future<Long> got = threads.submit(() -> RelayTest.hashOf(open.target().getInputStream()));
            Future<Long> sent = threads.submit(() -> RelayTest.send(open.client(), SIZE, 1));
            all.add(threads.submit(() -> {
                if (!got.get().equals(sent.get())) {
                    throw new IllegalStateException("other bytes arrived than were sent");
                }
                open.target().shutdownOutput();
                open.relay().result();
                open.close();
                return null;
            }));
        }
        for (Future<?> one : all) {
            one.get();
        }
    }

    /** A call of the C library: it changes all threads of the process, where the bare system call would change one. */
    private static int call(String name, int argument) {
        var function = Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) function.invokeExact(argument);
        } catch (Throwable e) {
            throw new IllegalStateException(name, e);
        }
    }

    private static int fcntl(int pipe) {
        var function = Linker.nativeLinker().downcallHandle(Linker.nativeLinker().defaultLookup().findOrThrow("fcntl"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
                Linker.Option.firstVariadicArg(2));
        try {
            return (int) function.invokeExact(pipe, F_SETPIPE_SZ, 1 << 20);
        } catch (Throwable e) {
            throw new IllegalStateException("fcntl", e);
        }
    }
}
