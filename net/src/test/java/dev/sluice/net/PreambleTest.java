package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.CharsetUtil;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PreambleTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private int endings;

    /** Three letters; {@code "no!"} ends it. */
    private final class Word extends Preamble {
        private String word = "";

        void start() {
            begin(channel);
        }

        @Override
        protected boolean arrived(ChannelHandlerContext ctx, ByteBuf bytes) {
            if (bytes.readableBytes() < 3) {
                return true;
            }
            word = bytes.readCharSequence(3, CharsetUtil.US_ASCII).toString();
            if (word.equals("no!")) {
                end();
            } else {
                leave(ctx);
            }
            return false;
        }

        @Override
        protected void ended() {
            endings++;
        }
    }

    private Word begun() {
        Word word = new Word();
        word.start();
        return word;
    }

    private void come(String text) {
        channel.writeInbound(Unpooled.copiedBuffer(text, CharsetUtil.US_ASCII));
    }

    @Test
    void itIsReadInPiecesAndTheRestIsKeptForTheNext() {
        Word word = begun();
        come("o");
        come("ne");
        come("more");
        assertThat(word.word).isEqualTo("one");
        assertThat(channel.pipeline().get(Word.class)).isNull();
        ReadHold.release(channel, pipeline -> {});
        assertThat(((ByteBuf) channel.readInbound()).toString(CharsetUtil.US_ASCII)).isEqualTo("more");
        assertThat(channel.finish()).isFalse();
        assertThat(endings).isPositive();
    }

    @Test
    void whatComesOfAStreamThatItHasEndedReachesNobody() {
        begun();
        come("no!");
        come("more");
        channel.pipeline().fireExceptionCaught(new IOException("lost"));
        channel.checkException(); // throws what has reached the end of the pipeline
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void aStreamThatBreaksBeforeIsClosed() {
        begun();
        come("o");
        channel.pipeline().fireExceptionCaught(new IOException("lost"));
        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.finish()).isFalse();
    }
}
