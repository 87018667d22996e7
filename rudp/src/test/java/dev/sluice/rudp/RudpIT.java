package dev.sluice.rudp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.core.CloseReason;
import dev.sluice.net.ClientTls;
import dev.sluice.net.ClientTlsOptions;
import dev.sluice.net.ServerTls;
import dev.sluice.net.StreamChannel;
import dev.sluice.net.Streams;
import dev.sluice.net.TlsInfo;
import dev.sluice.rudp.channel.StatisticsListener;
import dev.sluice.rudp.protocol.ConnectionStats;
import dev.sluice.rudp.protocol.crypto.PublicKey;
import dev.sluice.rudp.protocol.crypto.StaticKey;
import dev.sluice.rudp.protocol.wire.Versions;
import dev.sluice.stream.Stream;
import dev.sluice.stream.StreamResetException;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two endpoints over loopback, as a program that blocks uses them. */
@Timeout(60)
class RudpIT extends ServersAndClients {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path shared;

    /** Keeps what BoringSSL has of its key for as long as it lives: longer than one test. */
    @SuppressWarnings("NullAway.Init")
    private static ServerTls innerTls;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @BeforeAll
    static void makeKeys() throws Exception {
        innerTls = ServerTls.selfSigned(shared, "inside", List.of());
    }

    private static <T extends @Nullable Object> T get(FutureTask<T> task) throws Exception {
        return task.get(40, TimeUnit.SECONDS);
    }

    /** Sends so many pseudo-random bytes and then the end; gives their hash. */
    private static byte[] send(Stream stream, long length) throws Exception {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[64 * 1024];
        SplittableRandom random = new SplittableRandom(length);
        for (long left = length; left > 0; left -= block.length) {
            random.nextBytes(block);
            int n = (int) Math.min(left, block.length);
            hash.update(block, 0, n);
            stream.write(block, 0, n);
        }
        stream.shutdownOutput();
        return hash.digest();
    }

    private static byte[] hashOf(Stream stream) throws Exception {
        MessageDigest hash = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[64 * 1024];
        for (int n = stream.read(block, 0, block.length); n >= 0; n = stream.read(block, 0, block.length)) {
            hash.update(block, 0, n);
        }
        return hash.digest();
    }

    @Test
    void theLinesOfTheReadme() throws Exception {
        byte[] bytes = "hello".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        RudpConfig config = RudpConfig.builder().secret("correct horse battery staple").build();
        try (RudpServer server = keep(RudpServer.bind(ANY, config));
                RudpConnection client = keep(RudpClient.connect(server.address(), config))) {
            Stream out = client.openStream();
            out.outputStream().write(bytes);
            out.shutdownOutput();
            RudpConnection accepted = server.accept();
            Stream in = accepted.acceptStream();
            assertThat(in.inputStream().readAllBytes()).isEqualTo(bytes);
            client.rebind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            in.outputStream().write(bytes);
            in.close();
            assertThat(out.inputStream().readAllBytes()).isEqualTo(bytes);
            assertThat(in.connection(RudpConnection.class)).isSameAs(accepted);
            assertThat(client.peerKey()).isEqualTo(server.key());
            assertThat(config.toString()).doesNotContain("horse");
        }
    }

    @Test
    void everyByteArrivesInOrder() throws Exception {
        long length = 8L << 20;
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        FutureTask<byte[]> sent = start(() -> send(out, length));
        Stream in = keep(server.accept().acceptStream());
        byte[] hash = hashOf(in);
        assertThat(hash).isEqualTo(get(sent));
    }

    @Test
    void aThousandStreams() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        FutureTask<@Nullable Void> echo = start(() -> {
            RudpConnection accepted = server.accept();
            for (int i = 0; i < 1000; i++) {
                Stream stream = keep(accepted.acceptStream());
                start(() -> {
                    stream.output().write(stream.input().readAllBytes());
                    stream.close();
                    return null;
                });
            }
            return null;
        });
        List<FutureTask<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = new byte[1000 + i];
            new SplittableRandom(i).nextBytes(bytes);
            all.add(start(() -> {
                try (Stream stream = client.openStream()) {
                    stream.output().write(bytes);
                    stream.shutdownOutput();
                    return Arrays.equals(stream.input().readAllBytes(), bytes);
                }
            }));
        }
        for (FutureTask<Boolean> each : all) {
            assertThat(get(each)).isTrue();
        }
        get(echo);
    }

    @Test
    void rebindsUnderLoad() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        FutureTask<byte[]> sent = start(() -> send(out, 24L << 20));
        RudpConnection accepted = server.accept();
        FutureTask<byte[]> received = start(() -> hashOf(keep(accepted.acceptStream())));
        InetSocketAddress before = client.localAddress();
        client.rebind(ANY);
        client.rebind(ANY);
        assertThat(client.localAddress()).isNotEqualTo(before);
        assertThat(get(received)).isEqualTo(get(sent));
        await().until(() -> accepted.remoteAddress().getPort() == client.localAddress().getPort());
    }

    @Test
    void migratesUnderLoad() throws Exception {
        RudpServer server = server(PLAIN);
        try (UdpRelay relay = new UdpRelay(server.address())) {
            RudpConnection client = client(server, PLAIN);
            Stream out = keep(client.openStream());
            FutureTask<byte[]> sent = start(() -> send(out, 8L << 20));
            RudpConnection accepted = server.accept();
            FutureTask<byte[]> received = start(() -> hashOf(keep(accepted.acceptStream())));
            client.migrate(relay.address());
            assertThat(client.remoteAddress()).isEqualTo(relay.address());
            client.migrate(server.address());
            assertThat(client.remoteAddress()).isEqualTo(server.address());
            assertThat(get(received)).isEqualTo(get(sent));
        }
    }

    @Test
    void aMoveToNobodyFailsAndTheOldPathStays() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        out.write(new byte[]{1}, 0, 1);
        Stream in = keep(server.accept().acceptStream());
        try (DatagramSocket nobody = new DatagramSocket(ANY)) {
            InetSocketAddress deaf = (InetSocketAddress) nobody.getLocalSocketAddress();
            assertThatThrownBy(() -> client.migrate(deaf)).isInstanceOf(IOException.class).hasMessageContaining("old path");
        }
        assertThat(client.remoteAddress()).isEqualTo(server.address());
        out.write(new byte[]{2}, 0, 1);
        assertThat(in.input().readNBytes(2)).containsExactly(1, 2);
    }

    @Test
    void goesOnWhereSocketsAreClosedUnderneath() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        out.write(new byte[]{1}, 0, 1);
        Stream in = keep(server.accept().acceptStream());
        assertThat(in.input().readNBytes(1)).containsExactly(1);
        client.closeSocketUnderneath();
        out.write(new byte[]{2}, 0, 1);
        assertThat(in.input().readNBytes(1)).containsExactly(2);
        server.closeSocketsUnderneath();
        in.write(new byte[]{3}, 0, 1);
        assertThat(out.input().readNBytes(1)).containsExactly(3);
    }

    @Test
    void aServerThatIsKilledAndRestartedSaysSo() throws Exception {
        RudpConfig config = RudpConfig.builder().key(StaticKey.generate()).build();
        RudpServer first = RudpServer.bind(ANY, config);
        RudpConnection client = client(first, PLAIN);
        Stream stream = keep(client.openStream());
        stream.write(new byte[]{1}, 0, 1);
        keep(first.accept().acceptStream());
        InetSocketAddress address = first.address();
        first.vanish();
        assertThat(first.closed().await(10, TimeUnit.SECONDS)).isTrue();
        keep(RudpServer.bind(address, config));
        FutureTask<Integer> reader = start(() -> stream.read(new byte[1], 0, 1));
        try {
            stream.write(new byte[]{2}, 0, 1);
        } catch (StreamResetException e) {
            // the answer to an acknowledgement or a search for the MTU was faster
        }
        assertThatThrownBy(() -> get(reader)).hasRootCauseMessage("Connection reset");
        assertThat(client.closing().get(10, TimeUnit.SECONDS).kind()).isEqualTo(CloseReason.Kind.RESET);
        assertThatThrownBy(client::openStream).hasMessage("the peer does not know the connection");
    }

    @Test
    void anotherSecretIsOneReadableLine() throws Exception {
        RudpServer server = server(RudpConfig.builder().secret("right").build());
        RudpConfig wrong = RudpConfig.builder().secret("wrong").handshakeTimeout(Duration.ofMillis(500)).build();
        assertThatThrownBy(() -> client(server, wrong)).isInstanceOf(IOException.class).hasMessageContaining("another secret");
    }

    @Test
    void aServerWithAnotherKeyThanBeforeIsRefused() throws Exception {
        Path known = directory.resolve("state/known-servers");
        RudpConfig remembering = RudpConfig.builder().knownServers(known).build();
        RudpServer server = server(PLAIN);
        RudpConnection first = client(server, remembering);
        client(server, remembering);
        PublicKey shown = Objects.requireNonNull(first.peerKey());
        assertThat(Files.readString(known)).contains(shown.toString());
        Files.writeString(known, Files.readString(known).replace(shown.toString(), StaticKey.generate().publicKey().toString()));
        assertThatThrownBy(() -> client(server, remembering)).hasMessageContaining("another key");
    }

    @Test
    void aServerKeepsItsKey() throws Exception {
        Path file = directory.resolve("state/rudp.key");
        RudpConfig keeping = RudpConfig.builder().keyFile(file).build();
        PublicKey key = server(keeping).key();
        assertThat(server(keeping).key()).isEqualTo(key);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        client(server(keeping), RudpConfig.builder().serverKey(key).build());
    }

    @Test
    void dataOfTheFirstFlightArrives() throws Exception {
        RudpServer server = server(RudpConfig.builder().earlyData(true).build());
        RudpConnection client = client(server, RudpConfig.builder().earlyData(true).serverKey(server.key()).build());
        Stream out = keep(client.openStream());
        out.write(new byte[]{1, 2, 3}, 0, 3);
        out.shutdownOutput();
        Stream in = keep(server.accept().acceptStream());
        assertThat(in.input().readAllBytes()).containsExactly(1, 2, 3);
        in.write(new byte[]{4}, 0, 1);
        assertThat(out.input().readNBytes(1)).containsExactly(4);
    }

    @Test
    void datagramsArrive() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        client.sendDatagram(new byte[]{1, 2, 3});
        RudpConnection accepted = server.accept();
        assertThat(accepted.receiveDatagram()).containsExactly(1, 2, 3);
        accepted.sendDatagram(new byte[]{4});
        assertThat(client.receiveDatagram()).containsExactly(4);
        assertThat(client.maxDatagram()).isGreaterThan(1000);
    }

    @Test
    void tlsRunsOnAStream() throws Exception {
        ServerTls inner = innerTls;
        ClientTls pinned = ClientTls.create(ClientTlsOptions.DEFAULT.withPin(inner.pin()));
        Duration limit = Duration.ofSeconds(10);
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        CompletableFuture<Stream> accepted = new CompletableFuture<>();
        StreamChannel channel = client.openChannel().get(10, TimeUnit.SECONDS);
        Future<TlsInfo> handshake = channel.eventLoop().submit(() -> pinned.connect(channel, "inside", 443, limit)).get();
        server.accept().onChannel(
                stream -> inner.accept(stream, limit).addListener(f -> accepted.complete(Streams.of(stream))));
        assertThat(handshake.get(10, TimeUnit.SECONDS).version()).isEqualTo("TLSv1.3");
        Stream out = keep(Streams.of(channel));
        Stream in = keep(accepted.get(10, TimeUnit.SECONDS));
        byte[] bytes = new byte[2_000_000];
        new SplittableRandom(7).nextBytes(bytes);
        FutureTask<byte[]> received = start(() -> in.input().readNBytes(bytes.length));
        out.write(bytes, 0, bytes.length);
        assertThat(get(received)).isEqualTo(bytes);
        in.write(new byte[]{1}, 0, 1);
        assertThat(out.input().readNBytes(1)).containsExactly(1);
    }

    @Test
    void whatConnectionsDoIsToldInSteps() throws Exception {
        AtomicReference<ConnectionStats> last = new AtomicReference<>();
        AtomicReference<ConnectionStats> sum = new AtomicReference<>(ConnectionStats.NONE);
        AtomicInteger began = new AtomicInteger();
        RudpConfig watched = RudpConfig.builder().statistics(new StatisticsListener() {
            @Override
            public void began() {
                began.incrementAndGet();
            }

            @Override
            public void progressed(ConnectionStats before, ConnectionStats now) {
                assertThat(before).isEqualTo(sum.get());
                sum.set(now);
            }

            @Override
            public void ended(ConnectionStats now) {
                last.set(now);
            }
        }).build();
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, watched);
        Stream out = keep(client.openStream());
        FutureTask<byte[]> sent = start(() -> send(out, 1L << 20));
        assertThat(hashOf(keep(server.accept().acceptStream()))).isEqualTo(get(sent));
        await().until(() -> Objects.requireNonNull(sum.get()).streamBytesSent() == 1L << 20);
        client.close();
        await().until(() -> last.get() != null);
        assertThat(last.get()).isEqualTo(sum.get());
        assertThat(began).hasValue(1);
    }

    @Test
    void tracesAreWrittenToTheirEnd() throws Exception {
        Path traces = directory.resolve("traces/here");
        RudpServer server = RudpServer.bind(ANY, RudpConfig.builder().traceDirectory(traces).secret("tell nobody").build());
        RudpConnection client = RudpClient.connect(server.address(),
                RudpConfig.builder().traceDirectory(traces).secret("tell nobody").build());
        Stream out = client.openStream();
        FutureTask<byte[]> sent = start(() -> send(out, 1L << 20));
        assertThat(hashOf(server.accept().acceptStream())).isEqualTo(get(sent));
        client.close("bye");
        assertThat(client.closed().await(15, TimeUnit.SECONDS)).isTrue();
        server.close();
        assertThat(server.closed().await(15, TimeUnit.SECONDS)).isTrue();
        try (var files = Files.list(traces)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).contains("transport:packet_sent", "connection_closed", "bye")
                        .doesNotContain("tell nobody").endsWith("}}\n");
            }
        }
        assertThat(traces).isDirectoryContaining("glob:**-client-*.sqlog").isDirectoryContaining("glob:**-server-*.sqlog");
    }

    /** The client's address changes between its first and its second message: the second reaches another loop. */
    @Test
    void messagesOfAHandshakeFindTheirLoopToo() throws Exception {
        RudpServer server = server(RudpConfig.builder().sockets(3).build());
        for (int i = 0; i < 6; i++) {
            try (UdpRelay relay = new UdpRelay(server.address())) {
                relay.changePortAfter(1);
                RudpConnection client = keep(RudpClient.connect(relay.address(), PLAIN));
                Stream out = client.openStream();
                out.write(new byte[]{1}, 0, 1);
                assertThat(keep(server.accept().acceptStream()).input().readNBytes(1)).containsExactly(1);
                client.close();
                assertThat(client.closed().await(15, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void severalSocketsShareAPortAndStraysFindTheirLoop() throws Exception {
        RudpServer server = server(RudpConfig.builder().sockets(3).build());
        for (int i = 0; i < 6; i++) {
            RudpConnection client = client(server, PLAIN);
            Stream out = keep(client.openStream());
            out.write(new byte[]{1}, 0, 1);
            Stream in = keep(server.accept().acceptStream());
            client.rebind(ANY); // the system now sends it to another loop, perhaps
            out.write(new byte[]{2}, 0, 1);
            assertThat(in.input().readNBytes(2)).containsExactly(1, 2);
        }
    }

    /** Defect 4 of the protocol's ancestor: its endpoint waited for a slow reader, and with it acknowledgements and timers. */
    @Test
    void aSlowReaderStallsOnlyItsOwnStream() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream stalled = keep(client.openStream());
        ByteBuffer much = ByteBuffer.allocate(64 << 20);
        stalled.setWriteTimeout(Duration.ofMillis(300));
        assertThatThrownBy(() -> stalled.write(much)).isInstanceOf(java.net.SocketTimeoutException.class);
        RudpConnection accepted = server.accept();
        Stream unread = keep(accepted.acceptStream());
        Stream out = keep(client.openStream());
        FutureTask<byte[]> sent = start(() -> send(out, 4L << 20));
        assertThat(hashOf(keep(accepted.acceptStream()))).isEqualTo(get(sent));
        assertThat(unread.isOpen()).isTrue();
        assertThat(much.position()).isLessThan(much.capacity());
    }

    /** Defects 1 and 3: what went beyond the send buffer was dropped, and a close that found a full queue was lost. */
    @Test
    void aWriteBeyondEveryBufferAndACloseAtOnceLoseNothing() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        byte[] all = new byte[40 << 20];
        new SplittableRandom(1).nextBytes(all);
        FutureTask<@Nullable Void> writer = start(() -> {
            out.write(ByteBuffer.wrap(all));
            out.close();
            return null;
        });
        Stream in = keep(server.accept().acceptStream());
        assertThat(Arrays.equals(in.input().readAllBytes(), all)).isTrue();
        get(writer);
    }

    /** Defect 2: a writer that found no room was never woken. */
    @Test
    void aWriterThatFoundNoRoomIsWoken() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        ByteBuffer much = ByteBuffer.allocate(64 << 20);
        await().pollInterval(Duration.ofMillis(5)).until(() -> out.tryWrite(much) == 0 && !out.writable().isDone());
        Stream in = keep(server.accept().acceptStream());
        int before = much.position();
        FutureTask<byte[]> reader = start(() -> in.input().readNBytes(before + 1));
        out.writable().get(20, TimeUnit.SECONDS);
        assertThat(out.tryWrite(much)).isPositive();
        assertThat(get(reader)).hasSize(before + 1);
    }

    /** Its queues counted writes: 128 of any size. Ours count bytes, so a thousand small ones never wait. */
    @Test
    void queuesCountBytesAndNotWrites() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        out.setWriteTimeout(Duration.ofSeconds(5));
        for (int i = 0; i < 10_000; i++) {
            out.write(new byte[]{(byte) i}, 0, 1);
        }
        InputStream in = keep(server.accept().acceptStream()).input();
        for (int i = 0; i < 10_000; i++) {
            assertThat(in.read()).isEqualTo(i & 0xff);
        }
    }

    @Test
    void aParkedReaderNeverDelaysAWrite() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        FutureTask<Integer> parked = start(() -> out.read(new byte[1], 0, 1));
        FutureTask<byte[]> sent = start(() -> send(out, 1L << 20));
        Stream in = keep(server.accept().acceptStream());
        assertThat(hashOf(in)).isEqualTo(get(sent));
        assertThat(parked.isDone()).isFalse();
        try (OutputStream answer = in.output()) {
            answer.write(1);
        }
        assertThat(get(parked)).isEqualTo(1);
    }

    @Test
    void whatWasWrittenIsReadAfterThePeerHasClosedTheConnection() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        byte[] bytes = new byte[200_000];
        new SplittableRandom(3).nextBytes(bytes);
        out.write(bytes, 0, bytes.length);
        out.shutdownOutput();
        client.close("that was all");
        RudpConnection accepted = server.accept();
        Stream in = keep(accepted.acceptStream());
        assertThat(accepted.closing().get(10, TimeUnit.SECONDS).detail()).isEqualTo("that was all");
        assertThat(Arrays.equals(in.input().readAllBytes(), bytes)).isTrue();
        assertThatThrownBy(() -> in.write(new byte[1], 0, 1)).isInstanceOf(IOException.class);
        in.close();
    }

    /** More than the channel above the connection takes at once, and no end of the stream behind it. */
    @Test
    void whatHadArrivedIsReadBeforeTheLossOfTheConnection() throws Exception {
        RudpServer server = server(PLAIN);
        RudpConnection client = client(server, PLAIN);
        Stream out = keep(client.openStream());
        byte[] bytes = new byte[900_000];
        new SplittableRandom(4).nextBytes(bytes);
        out.write(bytes, 0, bytes.length);
        client.close("and no more");
        RudpConnection accepted = server.accept();
        Stream in = keep(accepted.acceptStream());
        assertThat(accepted.closing().get(10, TimeUnit.SECONDS).detail()).isEqualTo("and no more");
        assertThat(Arrays.equals(in.input().readNBytes(bytes.length), bytes)).isTrue();
        assertThatThrownBy(() -> in.input().read()).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> in.write(new byte[1], 0, 1)).isInstanceOf(IOException.class);
        in.close();
    }

    /** Of an unknown version nothing is known but where its IDs are, and those may be longer than ours. */
    @Test
    void anUnknownVersionIsToldOursWhateverTheLengthOfItsIds() throws Exception {
        RudpServer server = server(PLAIN);
        byte[] unknown = new byte[1200];
        ByteBuffer.wrap(unknown).put((byte) 0xC0).putInt(0x1a2a3a4a).put((byte) 20).put(new byte[20]).put((byte) 3)
                .put(new byte[]{1, 2, 3});
        try (DatagramSocket stranger = new DatagramSocket(ANY)) {
            stranger.setSoTimeout(20_000);
            stranger.send(new DatagramPacket(unknown, unknown.length, server.address()));
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            stranger.receive(answer);
            ByteBuffer expected = ByteBuffer.allocate(1 + 4 + 1 + 3 + 1 + 20 + 4).put((byte) 0x80).putInt(0).put((byte) 3)
                    .put(new byte[]{1, 2, 3}).put((byte) 20).put(new byte[20]).putInt(Versions.V1);
            assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(expected.array());
        }
    }
}
