package dev.sluice.app.admin;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Answers one admin client. Pages are made off the loop, because they may be long; a client's next request waits for that.
 *
 * <p>Belongs to the client's loop.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    /**
     * What is answered.
     *
     * @param status of the response
     * @param type its media type
     * @param body its text
     */
    record Answer(HttpResponseStatus status, String type, String body) {
        static Answer text(HttpResponseStatus status, String text) {
            return new Answer(status, "text/plain; charset=utf-8", text + "\n");
        }
    }

    private final AdminPages pages;
    private final HostCheck hosts;

    AdminHandler(AdminPages pages, HostCheck hosts) {
        this.pages = pages;
        this.hosts = hosts;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        context.channel().config().setAutoRead(false);
        boolean keep = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
        boolean head = request.method().equals(HttpMethod.HEAD);
        List<String> host = request.headers().getAll(HttpHeaderNames.HOST);
        if (!request.decoderResult().isSuccess()) {
            answer(context, Answer.text(HttpResponseStatus.BAD_REQUEST, "not an HTTP request"), false, false);
        } else if (host.size() != 1 || !hosts.allows(host.getFirst())) {
            answer(context, Answer.text(HttpResponseStatus.FORBIDDEN,
                    "this Host is not answered: use an IP address or localhost, or add the name to admin.hosts"), keep, head);
        } else {
            HttpMethod method = head ? HttpMethod.GET : request.method();
            String uri = request.uri();
            Thread.ofVirtual().name("sluice-admin").start(() -> {
                Answer answer = pages.answer(method, uri);
                context.executor().execute(() -> answer(context, answer, keep, head));
            });
        }
    }

    private static void answer(ChannelHandlerContext context, Answer answer, boolean keep, boolean head) {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(),
                head ? context.alloc().buffer(0) : ByteBufUtil.writeUtf8(context.alloc(), answer.body()));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, answer.type()).set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store").set("X-Content-Type-Options", "nosniff");
        if (answer.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        HttpUtil.setKeepAlive(response, keep);
        context.writeAndFlush(response)
                .addListener(keep ? f -> context.channel().config().setAutoRead(true) : ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
