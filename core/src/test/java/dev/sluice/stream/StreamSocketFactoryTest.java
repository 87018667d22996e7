package dev.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StreamSocketFactoryTest {
    private record Call(InetSocketAddress target, Duration timeout) {}

    private final List<Call> calls = new ArrayList<>();
    private final StreamSocketFactory factory = new StreamSocketFactory((target, timeout) -> {
        calls.add(new Call(target, timeout));
        return Stream.over(new EmbeddedChannel());
    });

    @Test
    void connectsLateAsDriversDo() throws Exception {
        try (Socket socket = factory.createSocket()) {
            assertThat(socket.isConnected()).isFalse();
            assertThatThrownBy(socket::getInputStream).isInstanceOf(SocketException.class);
            socket.setSoTimeout(500);
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            InetSocketAddress target = InetSocketAddress.createUnresolved("db.test", 5432);
            socket.connect(target, 700);
            assertThat(calls).containsExactly(new Call(target, Duration.ofMillis(700)));
            assertThat(socket.isConnected()).isTrue();
            assertThat(socket.getPort()).isEqualTo(5432);
            assertThat(socket.getSoTimeout()).isEqualTo(500);
            assertThatThrownBy(() -> socket.connect(target)).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void connectsAtOnceByName() throws Exception {
        try (Socket socket = factory.createSocket("db.test", 80)) {
            assertThat(calls).containsExactly(new Call(InetSocketAddress.createUnresolved("db.test", 80), Duration.ZERO));
            socket.close();
            assertThat(socket.isClosed()).isTrue();
            assertThatThrownBy(socket::getOutputStream).isInstanceOf(SocketException.class);
        }
    }
}
