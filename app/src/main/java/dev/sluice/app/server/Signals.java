package dev.sluice.app.server;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the system's signals do: TERM drains, INT (Ctrl-C) drains briefly, HUP reloads. They are handled here and not by shutdown
 * hooks, because a JVM that a signal ends exits with 128 and its number; this one has done what it was asked and exits with 0.
 *
 * <p>The JDK sees signals by {@code sun.misc.Signal} only. It is called by reflection, because the compiler warns of its name
 * wherever it stands, and nothing can quiet it.
 */
public final class Signals {
    private Signals() {}

    /** From now on TERM and INT do this, on a thread of their own. The second signal ends the process at once, with 0. */
    public static void onStop(Runnable action) {
        AtomicBoolean stopping = new AtomicBoolean();
        Runnable stop = () -> {
            if (!stopping.compareAndSet(false, true)) {
                Runtime.getRuntime().halt(0);
            }
            action.run();
        };
        on("TERM", stop);
        on("INT", stop);
    }

    /** From now on signals go to {@code runner}. */
    static void handle(Runner runner) {
        on("TERM", () -> runner.stop("SIGTERM", true));
        on("INT", () -> runner.stop("interrupted", false));
        on("HUP", runner::reload);
    }

    private static void on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[]{handler},
                    (self, method, args) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name),
                    proxy);
        } catch (InvocationTargetException e) { // -Xrs, or a system without this signal
            return;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this Java does not let signals be handled", e);
        }
    }
}
