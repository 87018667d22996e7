package dev.sluice.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * The target of the tunnel benchmark. A client sends 8 bytes, a number: so many bytes come back, with their CRC-32C behind them; 0
 * means that everything after it is echoed. A thread for each client.
 */
final class TunnelTarget {
    static final int BLOCK = 1 << 16;

    private TunnelTarget() {}

    /** {@code TunnelTarget PORT}. */
    public static void main(String[] args) throws IOException {
        byte[] block = new byte[BLOCK];
        new SplittableRandom(7).nextBytes(block);
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 4096, InetAddress.getLoopbackAddress())) {
            while (true) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket, block));
            }
        }
    }

    private static void serve(Socket socket, byte[] block) {
        try (socket) {
            socket.setTcpNoDelay(true);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            long length = in.readLong();
            if (length == 0) {
                byte[] buffer = new byte[4096];
                for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                }
                return;
            }
            CRC32C crc = new CRC32C();
            for (long left = length; left > 0; left -= BLOCK) {
                int n = (int) Math.min(left, BLOCK);
                crc.update(block, 0, n);
                out.write(block, 0, n);
            }
            out.write(ByteBuffer.allocate(8).putLong(crc.getValue()).array());
            in.read(); // until the client has everything
        } catch (IOException e) {
            // The client is gone: the bench counts what it got, and says what is missing.
        }
    }
}
