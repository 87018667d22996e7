package dev.sluice.net.splice;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** fcntl(2) for the size of a pipe, which no library that we have offers. Any thread. */
final class PipeSize {
    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;
    private static final MethodHandle FCNTL = Linker.nativeLinker().downcallHandle(
            Linker.nativeLinker().defaultLookup().findOrThrow("fcntl"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));

    private PipeSize() {}

    /** The new size; negative where it is refused: an ordinary user may have only so many pages in pipes. */
    static int set(int pipe, int size) {
        return fcntl(pipe, F_SETPIPE_SZ, size);
    }

    /** The size in bytes. */
    static int get(int pipe) {
        return fcntl(pipe, F_GETPIPE_SZ, 0);
    }

    private static int fcntl(int descriptor, int command, int argument) {
        try {
            return (int) FCNTL.invokeExact(descriptor, command, argument);
        } catch (Throwable e) {
            throw new IllegalStateException("fcntl cannot be called", e); // it throws nothing itself
        }
    }
}
