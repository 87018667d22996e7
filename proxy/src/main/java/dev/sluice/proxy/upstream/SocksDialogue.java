package dev.sluice.proxy.upstream;

import dev.sluice.core.ConnectFailedException;
import dev.sluice.proxy.socks.SocksAddress;
import dev.sluice.proxy.socks.SocksClientHandshake;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** A {@link SocksClientHandshake} on a stream; it learns the bound address. */
public final class SocksDialogue implements Dialogue<SocksAddress> {
    private final SocksClientHandshake client;

    /** Holds the handshake of {@code client}. */
    public SocksDialogue(SocksClientHandshake client) {
        this.client = client;
    }

    @Override
    public void greet(ByteBuf out) {
        client.greet(out);
    }

    @Override
    public boolean asked() {
        return client.asked();
    }

    @Override
    public SocksAddress message(Object message) {
        return (SocksAddress) message;
    }

    @Override
    public ChannelHandler decoder() {
        return new Decoder(client);
    }

    /** Feeds the client, sends its answers, and passes on the bound address. */
    private static final class Decoder extends ByteToMessageDecoder {
        private final SocksClientHandshake client;

        private Decoder(SocksClientHandshake client) {
            this.client = client;
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws ConnectFailedException {
            ByteBuf answer = ctx.alloc().buffer();
            SocksAddress bound;
            try {
                bound = client.handle(in, answer);
                if (answer.isReadable()) {
                    ctx.writeAndFlush(answer.retain());
                }
            } finally {
                answer.release();
            }
            if (bound != null) {
                out.add(bound);
            }
        }
    }
}
