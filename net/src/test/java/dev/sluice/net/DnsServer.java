package dev.sluice.net;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A DNS server on loopback, UDP and TCP on one port, that does what a test tells it for each name and type. */
final class DnsServer implements AutoCloseable {
    static final int A = 1;
    static final int AAAA = 28;

    /**
     * What is done with a question.
     *
     * @param rcode 0, or SERVFAIL (2), NXDOMAIN (3)
     * @param truncate whether the answer over UDP is cut, so that TCP must be used
     * @param silent whether nothing is answered at all
     */
    record Reply(int rcode, List<String> addresses, int ttl, long delayMillis, boolean truncate, boolean silent) {
        static final Reply SILENCE = new Reply(0, List.of(), 0, 0, false, true);
        static final Reply SERVFAIL = new Reply(2, List.of(), 0, 0, false, false);
        static final Reply NXDOMAIN = new Reply(3, List.of(), 0, 0, false, false);
        static final Reply EMPTY = new Reply(0, List.of(), 0, 0, false, false);

        static Reply addresses(String... addresses) {
            return new Reply(0, List.of(addresses), 60, 0, false, false);
        }

        Reply after(long millis) {
            return new Reply(rcode, addresses, ttl, millis, truncate, silent);
        }

        Reply withTtl(int seconds) {
            return new Reply(rcode, addresses, seconds, delayMillis, truncate, silent);
        }

        Reply truncated() {
            return new Reply(rcode, addresses, ttl, delayMillis, true, silent);
        }
    }

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final Queue<String> questions = new ConcurrentLinkedQueue<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    DnsServer() throws IOException {
        tcp = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        udp = new DatagramSocket(tcp.getLocalPort(), InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::serveUdp);
        Thread.ofVirtual().start(this::serveTcp);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.getLocalPort());
    }

    DnsServer on(String name, int type, Reply reply) {
        replies.put(name + "/" + type, reply);
        return this;
    }

    /** Both kinds. */
    DnsServer on(String name, Reply reply) {
        return on(name, A, reply).on(name, AAAA, reply);
    }

    /** {@code name/type/udp} or {@code name/type/tcp}, in the order they came. */
    List<String> questions() {
        return List.copyOf(questions);
    }

    private void serveUdp() {
        byte[] buffer = new byte[4096];
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                udp.receive(packet);
                byte[] query = Arrays.copyOf(buffer, packet.getLength());
                SocketAddress from = packet.getSocketAddress();
                Reply reply = reply(query, "udp");
                if (!reply.silent) {
                    byte[] answer = answer(query, reply, reply.truncate);
                    timer.schedule(() -> send(answer, from), reply.delayMillis, TimeUnit.MILLISECONDS);
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void send(byte[] answer, SocketAddress to) {
        try {
            udp.send(new DatagramPacket(answer, answer.length, to));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serveTcp() {
        try {
            while (true) {
                try (Socket socket = tcp.accept()) {
                    DataInputStream in = new DataInputStream(socket.getInputStream());
                    byte[] query = in.readNBytes(in.readUnsignedShort());
                    byte[] answer = answer(query, reply(query, "tcp"), false);
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(answer.length);
                    out.write(answer);
                    out.flush();
                    in.read();
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    private Reply reply(byte[] query, String over) {
        StringBuilder name = new StringBuilder();
        int at = 12;
        for (; query[at] != 0; at += query[at] + 1) {
            name.append(name.isEmpty() ? "" : ".").append(new String(query, at + 1, query[at], StandardCharsets.US_ASCII));
        }
        int type = (query[at + 1] & 0xff) << 8 | (query[at + 2] & 0xff);
        String asked = name.toString().toLowerCase(Locale.ROOT) + "/" + type;
        questions.add(asked + "/" + over);
        return replies.getOrDefault(asked, Reply.NXDOMAIN);
    }

    private static byte[] answer(byte[] query, Reply reply, boolean truncated) throws IOException {
        int end = 12;
        while (query[end] != 0) {
            end += query[end] + 1;
        }
        end += 5;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(query, 0, 2);
        out.writeShort(0x8180 | (truncated ? 0x0200 : 0) | reply.rcode);
        out.writeShort(1);
        out.writeShort(truncated ? 0 : reply.addresses.size());
        out.writeInt(0);
        out.write(query, 12, end - 12);
        for (String address : truncated ? List.<String>of() : reply.addresses) {
            byte[] raw = InetAddress.ofLiteral(address).getAddress();
            out.writeShort(0xc00c);
            out.writeShort(raw.length == 4 ? A : AAAA);
            out.writeShort(1);
            out.writeInt(reply.ttl);
            out.writeShort(raw.length);
            out.write(raw);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() throws IOException {
        timer.shutdownNow();
        udp.close();
        tcp.close();
    }
}
