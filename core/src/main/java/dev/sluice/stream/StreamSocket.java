package dev.sluice.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Stream} that looks like a {@code Socket}. Options that only make sense for TCP are remembered or ignored: nothing breaks a
 * user who sets them. Any thread.
 */
final class StreamSocket extends Socket {
    private final AtomicReference<@Nullable Stream> stream = new AtomicReference<>();
    private final @Nullable Connector connector;
    private volatile @Nullable SocketAddress target;
    private volatile boolean closed;
    private volatile boolean inputShutdown;
    private volatile boolean noDelay = true;
    private volatile boolean keepAlive;
    private volatile int soTimeout;
    private volatile int linger = -1;
    private volatile int trafficClass;
    private volatile int sendBuffer = 64 * 1024;
    private volatile int receiveBuffer = 64 * 1024;

    /** Connected. */
    StreamSocket(Stream connected) throws SocketException {
        this(null, connected);
    }

    /** Not connected yet. */
    StreamSocket(Connector connector) throws SocketException {
        this(connector, null);
    }

    private StreamSocket(@Nullable Connector connector, @Nullable Stream connected) throws SocketException {
        super(noImplementation());
        this.connector = connector;
        stream.set(connected);
    }

    @SuppressWarnings("NullAway")
    private static SocketImpl noImplementation() {
        return null;
    }

    private Stream connected() throws SocketException {
        Stream s = stream.get();
        if (closed) {
            throw new SocketException("Socket is closed");
        }
        if (s == null) {
            throw new SocketException("Socket is not connected");
        }
        return s;
    }

    private void open() throws SocketException {
        if (closed) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        open();
        if (connector == null || stream.get() != null) {
            throw new SocketException("already connected");
        }
        if (!(endpoint instanceof InetSocketAddress address)) {
            throw new IllegalArgumentException("not an internet address: " + endpoint);
        }
        Stream s = connector.connect(address, Duration.ofMillis(timeout));
        s.setReadTimeout(Duration.ofMillis(soTimeout));
        target = address;
        if (!stream.compareAndSet(null, s) || closed) {
            s.close();
            throw new SocketException("Socket is closed");
        }
    }

    /** Streams choose their own local address. */
    @Override
    public void bind(@Nullable SocketAddress address) throws IOException {
        open();
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return connected().input();
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        return connected().output();
    }

    @Override
    public void setSoTimeout(int millis) {
        soTimeout = millis;
        Stream s = stream.get();
        if (s != null) {
            s.setReadTimeout(Duration.ofMillis(millis));
        }
    }

    @Override
    public int getSoTimeout() {
        return soTimeout;
    }

    @Override
    public void close() {
        closed = true;
        Stream s = stream.get();
        if (s == null) {
            return;
        }
        if (linger == 0) {
            s.reset();
        } else {
            s.close();
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        connected().shutdownInput();
        inputShutdown = true;
    }

    @Override
    public void shutdownOutput() throws IOException {
        connected().shutdownOutput();
    }

    @Override
    public boolean isConnected() {
        return stream.get() != null;
    }

    @Override
    public boolean isBound() {
        return isConnected();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown;
    }

    @Override
    public boolean isOutputShutdown() {
        Stream s = stream.get();
        return s != null && s.outputEnded();
    }

    // Addresses: those of the channel where it has some, else what the user asked for.

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        Stream s = stream.get();
        SocketAddress address = s == null ? null : s.remoteAddress();
        return target != null ? target : address;
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        Stream s = stream.get();
        return s == null ? null : s.localAddress();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        return getRemoteSocketAddress() instanceof InetSocketAddress address ? address.getAddress() : null;
    }

    @Override
    public InetAddress getLocalAddress() {
        InetAddress local = getLocalSocketAddress() instanceof InetSocketAddress address ? address.getAddress() : null;
        return local == null ? InetAddress.getLoopbackAddress() : local;
    }

    @Override
    public int getPort() {
        return getRemoteSocketAddress() instanceof InetSocketAddress address ? address.getPort() : 0;
    }

    @Override
    public int getLocalPort() {
        return getLocalSocketAddress() instanceof InetSocketAddress address ? address.getPort() : -1;
    }

    @Override
    public @Nullable SocketChannel getChannel() {
        return null;
    }

    // Options.

    @Override
    public void setSoLinger(boolean on, int seconds) {
        linger = on ? seconds : -1;
    }

    @Override
    public int getSoLinger() {
        return linger;
    }

    @Override
    public void setTcpNoDelay(boolean on) {
        noDelay = on;
    }

    @Override
    public boolean getTcpNoDelay() {
        return noDelay;
    }

    @Override
    public void setKeepAlive(boolean on) {
        keepAlive = on;
    }

    @Override
    public boolean getKeepAlive() {
        return keepAlive;
    }

    @Override
    public void setTrafficClass(int value) {
        trafficClass = value;
    }

    @Override
    public int getTrafficClass() {
        return trafficClass;
    }

    @Override
    public void setSendBufferSize(int bytes) {
        sendBuffer = bytes;
    }

    @Override
    public int getSendBufferSize() {
        return sendBuffer;
    }

    @Override
    public void setReceiveBufferSize(int bytes) {
        receiveBuffer = bytes;
    }

    @Override
    public int getReceiveBufferSize() {
        return receiveBuffer;
    }

    @Override
    public void setReuseAddress(boolean on) {}

    @Override
    public boolean getReuseAddress() {
        return false;
    }

    @Override
    public void setOOBInline(boolean on) {}

    @Override
    public boolean getOOBInline() {
        return false;
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        throw new SocketException("a stream has no urgent data");
    }

    @Override
    public void setPerformancePreferences(int connectionTime, int latency, int bandwidth) {}

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException(name + " is not supported");
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException(name + " is not supported");
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public String toString() {
        return "socket over " + stream.get();
    }
}
