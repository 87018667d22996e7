package dev.sluice.testkit;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Netty's leak detector, made exact: it keeps a list of every buffer that is not yet released, whatever allocator it came from, and
 * so needs no garbage collection to find a leak. Each entry keeps what the paranoid detector knows: where the buffer was made and
 * who touched it last. Buffers made in static initialisers are constants and not listed.
 *
 * <p>{@link WatchSetup} installs it before the first buffer of the JVM is made. Any thread.
 */
final class BufferLedger<T> extends ResourceLeakDetector<T> {
    /** The JVM has one list, as it has one leak detector. */
    private static final Map<Entry<?>, Long> LIVE = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBER = new AtomicLong();

    private BufferLedger(Class<T> type, int samplingInterval) {
        super(type, samplingInterval);
    }

    /** Makes this the detector of every type of resource whose class is loaded from now on. */
    static void install() {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @Deprecated
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int samplingInterval, long maxActive) {
                // TLS contexts, their keys and sessions live as long as configurations do: the garbage collector frees them.
                return type.getSimpleName().matches(".*Ssl(Context|Session|KeyMaterial)")
                        ? new ResourceLeakDetector<>(type, samplingInterval)
                        : new BufferLedger<>(type, samplingInterval);
            }
        });
    }

    /** Whether it came before the first buffer: otherwise it sees nothing, and a test that relies on it proves nothing. */
    static boolean installed() {
        return ResourceLeakDetectorFactory.instance().newResourceLeakDetector(Object.class) instanceof BufferLedger;
    }

    /** What is made from now on has a higher number. */
    static long mark() {
        return NUMBER.get();
    }

    /** The buffers made after {@code mark} that are not released yet. */
    static List<String> liveSince(long mark) {
        return LIVE.entrySet().stream().filter(e -> e.getValue() > mark).map(e -> e.getKey().toString())
                .filter(text -> !madeByStaticInitializer(text)).toList();
    }

    /** Told by what the detector wrote down: to look at the stack of every buffer would take longer than all the rest. */
    private static boolean madeByStaticInitializer(String text) {
        return text.lastIndexOf("<clinit>") > Math.max(0, text.lastIndexOf("Created at:"));
    }

    @Override
    public ResourceLeakTracker<T> track(T resource) {
        return trackForcibly(resource);
    }

    @Override
    public ResourceLeakTracker<T> trackForcibly(T resource) {
        Entry<T> entry = new Entry<>(super.trackForcibly(resource), resource.getClass().getSimpleName());
        LIVE.put(entry, NUMBER.incrementAndGet());
        return entry;
    }

    private static final class Entry<T> implements ResourceLeakTracker<T> {
        private final ResourceLeakTracker<T> netty;
        private final String type;

        private Entry(ResourceLeakTracker<T> netty, String type) {
            this.netty = netty;
            this.type = type;
        }

        @Override
        public void record() {
            netty.record();
        }

        @Override
        public void record(Object hint) {
            netty.record(hint);
        }

        @Override
        public boolean close(T resource) {
            LIVE.remove(this);
            return netty.close(resource);
        }

        @Override
        public String toString() {
            return type + netty;
        }
    }
}
