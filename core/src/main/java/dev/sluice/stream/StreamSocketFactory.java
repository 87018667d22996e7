package dev.sluice.stream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;

/** Sockets that are {@link Stream}s underneath, for libraries that take a {@code SocketFactory}: JDBC drivers, OkHttp. Any thread. */
public final class StreamSocketFactory extends SocketFactory {
    private final Connector connector;

    /** Sockets that {@code connector} connects. */
    public StreamSocketFactory(Connector connector) {
        this.connector = connector;
    }

    @Override
    public Socket createSocket() throws IOException {
        return new StreamSocket(connector);
    }

    private Socket connected(InetSocketAddress target) throws IOException {
        Socket socket = createSocket();
        socket.connect(target);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(InetSocketAddress.createUnresolved(host, port));
    }

    /** The local address is the connector's business. */
    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port));
    }

    /** The local address is the connector's business. */
    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) throws IOException {
        return createSocket(address, port);
    }
}
