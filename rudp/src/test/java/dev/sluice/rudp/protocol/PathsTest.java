package dev.sluice.rudp.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rudp.protocol.wire.ConnectionId;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PathsTest {
    private static final InetSocketAddress SERVER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);

    /** Somebody with a telephone in his pocket changes networks all day. */
    @Test
    void pathsThatWereLeftAreForgotten() {
        RemoteIds ids = new RemoteIds();
        ids.first(new ConnectionId(0, 0), null);
        Paths paths = new Paths(ConnectionConfig.DEFAULT, ids, new NetworkPath(0, SERVER), new ConnectionId(0, 0));
        for (int socket = 1; socket <= 100; socket++) {
            ids.onNew(socket, 0, new ConnectionId(0, socket), new byte[16]);
            paths.rebound(socket * 1_000_000_000L, socket);
            assertThat(paths.current().address.socket()).isEqualTo(socket);
            assertThat(paths.current().remoteId).as("used nowhere before").isEqualTo(new ConnectionId(0, socket));
            ids.write(new dev.sluice.rudp.protocol.wire.ByteWriter().wrap(new byte[100], 0, 100), new SentPacket());
        }
        assertThat(paths.others()).hasSizeLessThanOrEqualTo(3);
    }
}
