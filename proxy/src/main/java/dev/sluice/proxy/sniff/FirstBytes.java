package dev.sluice.proxy.sniff;

import dev.sluice.core.Destination;
import dev.sluice.core.Host;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Finds the name of the server that a client means in the first bytes that it sends. Nothing is consumed. */
public final class FirstBytes {
    /** Whoever has not said the name by then does not say it. */
    public static final int MOST = 16 * 1024;

    /** What the bytes say. */
    public sealed interface Verdict {
        /** The name, in its canonical form. */
        record Name(String value) implements Verdict {}

        /** It may still come. */
        record More() implements Verdict {}

        /** There is none. */
        record None() implements Verdict {}

        /** It may still come. */
        Verdict MORE = new More();
        /** There is none. */
        Verdict NONE = new None();
    }

    private FirstBytes() {}

    /** Looks at the bytes from the reader index on. */
    public static Verdict look(ByteBuf bytes) {
        if (!bytes.isReadable()) {
            return Verdict.MORE;
        }
        Verdict verdict = bytes.getByte(bytes.readerIndex()) == ClientHello.HANDSHAKE_RECORD
                ? ClientHello.serverName(bytes)
                : HttpHost.host(bytes);
        return verdict instanceof Verdict.More && bytes.readableBytes() >= MOST ? Verdict.NONE : verdict;
    }

    /** The verdict on what stands where a name should; an address is none. */
    static Verdict name(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return Verdict.NONE;
        }
        try {
            return Destination.of(Network.TCP, text, 1).host() instanceof Host.Name name
                    ? new Verdict.Name(name.value())
                    : Verdict.NONE;
        } catch (InvalidDestinationException e) {
            return Verdict.NONE;
        }
    }
}
