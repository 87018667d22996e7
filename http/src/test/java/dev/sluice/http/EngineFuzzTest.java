package dev.sluice.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.sluice.core.CloseReason;
import dev.sluice.core.Connection;
import dev.sluice.core.ConnectionId;
import dev.sluice.core.Outbound;
import dev.sluice.core.PacketChannel;
import dev.sluice.core.Policy;
import dev.sluice.core.Route;
import dev.sluice.core.Scope;
import dev.sluice.core.Traffic;
import dev.sluice.net.ReadHold;
import dev.sluice.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The whole engine between a client that sends anything and origins that answer by a script. Every origin understands exactly the
 * requests that the engine means to send, in their order; the client gets no more answers than it has asked questions; and when the
 * client ends, nothing is left: no hang, no leak.
 */
class EngineFuzzTest {
    private static final InetSocketAddress CLIENT = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1);

    /** What an origin says to each complete request, by the low bits of the first byte of the input. */
    private static final List<String> ANSWERS = List.of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nuntil the end",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok", "garbage\r\n\r\n");

    private static final List<byte[]> SEEDS = seeds(
            "GET http://a/1 HTTP/1.1\r\nHost: a\r\n\r\nGET http://a/2 HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET http://b/c HTTP/1.1\r\nHost: b\r\n\r\n",
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\nhello\r\n0\r\nT: 1\r\n\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
            "POST http://a/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "PUT http://a/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbodyHEAD http://a/h HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://a/ws HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw",
            "OPTIONS http://a HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nConnection: close, X\r\nX: y\r\n\r\n",
            "GET http://a/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET http://a/ HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n");

    private static List<byte[]> seeds(String... requests) {
        List<byte[]> all = new ArrayList<>();
        for (int answer = 0; answer < ANSWERS.size(); answer++) {
            for (String text : requests) {
                all.add(((char) ('0' + answer) + text).getBytes(ISO_8859_1));
            }
        }
        return all;
    }

    @Test
    void seedsAndMutations() {
        Fuzzing.run(SEEDS, 6_000, EngineFuzzTest::fuzzerTestOneInput);
    }

    static List<byte[]> inputs() {
        return SEEDS;
    }

    @Tag("jazzer")
    @MethodSource("inputs")
    @FuzzTest(maxDuration = "5m")
    void explore(byte[] input) {
        fuzzerTestOneInput(input);
    }

    /** The first byte chooses how origins answer and how the rest, which the client sends, is split. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length > 0) {
            new EngineFuzzTest.Run(input).run();
        }
    }

    /** One client, from its first byte to its end. */
    private static final class Run implements ExchangeHandler, Outbound {
        private static final Pattern FINAL = Pattern.compile("HTTP/1\\.1 [2-9]\\d\\d");

        /** Counts what is not released; the leak detector, who would say the same, would take most of the time. */
        private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        private final EmbeddedChannel client = channel();
        private final Scope server = Scope.root("server", client.eventLoop());
        private final Scope session = server.child("session", client.eventLoop());
        private final List<Origin> origins = new ArrayList<>();
        private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
        private final List<String> meant = new ArrayList<>();
        private final StringBuilder answered = new StringBuilder();
        private final String answer;
        private int exchanges;
        private int refused;
        private int over;
        private boolean opaque;

        Run(byte[] input) {
            this.answer = ANSWERS.get(input[0] & 7);
            int piece = (input[0] >> 3 & 3) == 0 ? input.length : 1 + (input[0] & 0x7f) * 3;
            for (int at = 1; at < input.length; at += piece) {
                pieces.add(java.util.Arrays.copyOfRange(input, at, Math.min(input.length, at + piece)));
            }
        }

        private EmbeddedChannel channel() {
            EmbeddedChannel channel = new EmbeddedChannel();
            channel.config().setAllocator(allocator);
            channel.config().setAutoRead(false);
            ReadHold.install(channel, 0, null);
            return channel;
        }

        void run() {
            session.own(reason -> client.close());
            new HttpEngine(server, HttpLimits.DEFAULT).serve(client, session, this);
            pump();
            if (client.isOpen()) {
                client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                pump();
            }
            client.close();
            pump();
            check();
            server.close(CloseReason.shutdown("test"));
            pump();
            origins.forEach(o -> o.channel.finishAndReleaseAll());
            client.finishAndReleaseAll();
            pieces.clear();
            assertThat(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory()).as("bytes leaked").isZero();
        }

        private void check() {
            assertThat(over).as("exchanges that ended").isEqualTo(exchanges);
            List<String> understood = new ArrayList<>();
            origins.forEach(origin -> understood.addAll(origin.ledger.requests()));
            assertThat(meant).as("requests that origins understood, of those that were meant").containsAll(understood);
            assertThat(understood.size()).isLessThanOrEqualTo(meant.size());
            if (!opaque) {
                long answers = FINAL.matcher(answered).results().count();
                assertThat(answers).as(answered.toString()).isLessThanOrEqualTo((long) exchanges + refused);
            }
            assertThat(answered.toString()).doesNotContain("evil");
        }

        private void pump() {
            boolean progress = true;
            for (int i = 0; progress; i++) {
                assertThat(i).as("it does not come to rest").isLessThan(100_000);
                progress = turn();
            }
        }

        private boolean turn() {
            client.runPendingTasks();
            boolean progress = false;
            for (Origin origin : List.copyOf(origins)) {
                progress |= origin.turn();
            }
            for (Object out = client.readOutbound(); out != null; out = client.readOutbound()) {
                answered.append(((ByteBuf) out).toString(ISO_8859_1));
                ReferenceCountUtil.release(out);
                progress = true;
            }
            if (!pieces.isEmpty() && client.isOpen() && client.config().isAutoRead() && !opaque) {
                byte[] next = pieces.remove();
                client.writeInbound(allocator.buffer(next.length).writeBytes(next));
                progress = true;
            }
            return progress;
        }

        @Override
        public void request(Exchange exchange) {
            exchanges++;
            if (exchange.head().isConnect()) {
                opaque = true;
                over++; // a tunnel has no end that is told
                exchange.tunnel().close();
                return;
            }
            meant.add(exchange.head().method() + " " + exchange.head().path());
            exchange.forward(new Connection(ConnectionId.next(), "fuzz", null, CLIENT, exchange.head().destination(), Policy.OPEN,
                    session.child("exchange"), new Traffic(List.of())), new Route(this, "test"));
        }

        @Override
        public void malformed(int status, CloseReason why) {
            refused++;
        }

        @Override
        public void fault(Throwable cause) {
            throw new AssertionError(cause);
        }

        @Override
        public void switched(Exchange exchange, Channel own, Channel origin) {
            opaque = true;
            over++;
            origins.forEach(o -> o.ledger.upgraded());
            own.close();
            origin.close();
        }

        @Override
        public void ended(Exchange exchange, CloseReason reason) {
            over++;
            assertThat(reason.kind()).isNotEqualTo(CloseReason.Kind.FAULT);
        }

        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public Future<Channel> connect(Connection connection) {
            Origin origin = new Origin(channel());
            origins.add(origin);
            return connection.loop().newSucceededFuture(origin.channel);
        }

        @Override
        public Future<PacketChannel> associate(Connection connection) {
            throw new UnsupportedOperationException();
        }

        private final class Origin {
            private final EmbeddedChannel channel;
            private final OriginLedger ledger = new OriginLedger();
            private int answers;

            private Origin(EmbeddedChannel channel) {
                this.channel = channel;
            }

            boolean turn() {
                channel.runPendingTasks();
                boolean progress = false;
                for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
                    ByteBuf bytes = (ByteBuf) out;
                    byte[] copy = new byte[bytes.readableBytes()];
                    bytes.readBytes(copy);
                    bytes.release();
                    ledger.read(copy);
                    progress = true;
                }
                if (answers < ledger.whole() && channel.isOpen() && channel.config().isAutoRead()) {
                    answers++;
                    progress = true;
                    channel.writeInbound(allocator.buffer().writeBytes(answer.getBytes(ISO_8859_1)));
                    if (answer.startsWith("HTTP/1.0") && channel.isOpen()) {
                        channel.close();
                    }
                }
                return progress;
            }
        }
    }
}
