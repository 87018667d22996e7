package dev.sluice.stream;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** Opens streams for {@link StreamSocketFactory}: in memory, through a proxy, over a tunnel. Any thread; may block. */
@FunctionalInterface
public interface Connector {

    /**
     * Opens a stream.
     *
     * @param target whom the user of the socket wants to reach; may be unresolved
     * @param timeout zero for none
     */
    Stream connect(InetSocketAddress target, Duration timeout) throws IOException;
}
