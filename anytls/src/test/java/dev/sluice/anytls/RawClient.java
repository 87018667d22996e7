package dev.sluice.anytls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.anytls.auth.PasswordHash;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A client that sends what it is told, frame by frame, right or wrong. Blocking; ten seconds of patience. */
final class RawClient implements AutoCloseable {
    static final int WASTE = 0;
    static final int SYN = 1;
    static final int PSH = 2;
    static final int FIN = 3;
    static final int SETTINGS = 4;
    static final int ALERT = 5;
    static final int UPDATE = 6;
    static final int SYNACK = 7;
    static final int HEART_REQUEST = 8;
    static final int HEART_RESPONSE = 9;
    static final int SERVER_SETTINGS = 10;
    /** The settings of a client of version 2 with the default scheme. */
    static final String V2 = "v=2\nclient=test/1\npadding-md5=75cff2ad89aadf5e257059ee571ebe11";
    private static final int PATIENCE = 10_000;

    final Socket socket;
    final OutputStream out;
    final DataInputStream in;

    /** One frame. */
    static final class Frame {
        private final int command;
        private final int stream;
        private final byte[] data;

        Frame(int command, int stream, byte[] data) {
            this.command = command;
            this.stream = stream;
            this.data = data;
        }

        int command() {
            return command;
        }

        int stream() {
            return stream;
        }

        byte[] data() {
            return data;
        }

        String text() {
            return new String(data, StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return command + "/" + stream + "/" + data.length;
        }
    }

    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(PATIENCE);
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
    }

    static RawClient connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        socket.connect(server, PATIENCE);
        return new RawClient(socket);
    }

    /** Connected, authenticated, settings sent and the server's read. */
    static RawClient session(InetSocketAddress server) throws IOException {
        RawClient client = connect(server);
        client.send(authentication("password", 30));
        client.frame(SETTINGS, 0, V2);
        assertThat(client.next().command()).isEqualTo(SERVER_SETTINGS);
        return client;
    }

    static byte[] authentication(String password, int padding) {
        return ByteBuffer.allocate(34 + padding).put(PasswordHash.of(password)).putShort((short) padding).array();
    }

    static byte[] frameOf(int command, int stream, byte[] data) {
        return ByteBuffer.allocate(7 + data.length).put((byte) command).putInt(stream).putShort((short) data.length).put(data)
                .array();
    }

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    /** An IPv4 target on loopback. */
    static byte[] loopback(int port) {
        return ByteBuffer.allocate(7).put((byte) 1).put(new byte[]{127, 0, 0, 1}).putShort((short) port).array();
    }

    /** A name and a port. */
    static byte[] name(String host, int port) {
        byte[] bytes = host.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(4 + bytes.length).put((byte) 3).put((byte) bytes.length).put(bytes).putShort((short) port)
                .array();
    }

    RawClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    RawClient frame(int command, int stream, byte[] data) throws IOException {
        return send(frameOf(command, stream, data));
    }

    RawClient frame(int command, int stream, String text) throws IOException {
        return frame(command, stream, text.getBytes(StandardCharsets.UTF_8));
    }

    RawClient open(int stream, byte[] address) throws IOException {
        ByteBuffer both = ByteBuffer.allocate(14 + address.length);
        both.put(frameOf(SYN, stream, new byte[0])).put(frameOf(PSH, stream, address));
        return send(both.array());
    }

    Frame next() throws IOException {
        int command = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] data = new byte[in.readUnsignedShort()];
        in.readFully(data);
        return new Frame(command, stream, data);
    }

    /** The next frame, which must be this one. */
    Frame expect(int command, int stream) throws IOException {
        Frame frame = next();
        assertThat(frame.command() + "/" + frame.stream()).as("%s %s", frame, frame.text()).isEqualTo(command + "/" + stream);
        return frame;
    }

    /** Bytes of one stream, as many as asked for; other frames are a fault. */
    byte[] data(int stream, int length) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(length);
        while (all.hasRemaining()) {
            all.put(expect(PSH, stream).data());
        }
        return all.array();
    }

    String text(int stream, int length) throws IOException {
        return new String(data(stream, length), StandardCharsets.UTF_8);
    }

    /** The server has closed; in order, or because we sent more than it cared to read. */
    void expectClosed() throws IOException {
        try {
            int next = in.read();
            assertThat(next).as("byte instead of the end").isEqualTo(-1);
        } catch (EOFException | java.net.SocketException e) {
            assertThat(e).isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    /** The server closes, perhaps after more frames. */
    void expectEnd() throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (java.net.SocketException e) {
            // It was in a hurry.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
