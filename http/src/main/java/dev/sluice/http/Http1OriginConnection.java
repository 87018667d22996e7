package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Scope;
import dev.sluice.net.ReadHold;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 connection to an origin, or to a proxy that takes plain requests: one exchange after the other.
 *
 * <p>States of the response: none is due ({@code sink} is null: the connection is idle in the pool, and whatever comes then ends it,
 * RFC 9112 §9.2); due; interim responses; the final head; its body; done. The request has its own end; the connection is free for the
 * next exchange when both are done. Belongs to the loop.
 */
final class Http1OriginConnection extends ChannelInboundHandlerAdapter implements OriginEnd {
    private static final Logger log = LoggerFactory.getLogger(Http1OriginConnection.class);

    private final OriginPool pool;
    private final OriginPool.Key key;
    private final Scope scope;
    private final Channel channel;
    private final boolean proxy;
    private final @Nullable String proxyAuthorization;
    private final Http1ResponseDecoder decoder;
    private final Http1Writer writer;
    private final WriteWatch stall;
    private final ReadWatch silence;
    private @Nullable PinnedOrigin user; // of the client that uses it now
    private @Nullable PinnedOrigin pinnedTo;
    private long idleSince;
    private int exchanges;

    private @Nullable ResponseSink sink; // of the exchange that runs
    private @Nullable ResponseHead interim; // its empty body is still to come out of the decoder
    private boolean head; // the request is a HEAD
    private boolean requestDone;
    private boolean responseDone;
    private boolean answered; // something of the response came
    private boolean keepAlive;
    private boolean outputDead; // the origin takes no more, but may still have answered
    private boolean over;

    Http1OriginConnection(OriginPool pool, OriginPool.Key key, Scope scope, HttpForwarding.Hop hop, HttpLimits limits) {
        this.pool = pool;
        this.key = key;
        this.scope = scope;
        this.channel = hop.channel();
        this.proxy = hop.proxy();
        this.proxyAuthorization = hop.proxyAuthorization();
        this.decoder = new Http1ResponseDecoder(limits);
        this.writer = new Http1Writer(channel, false); // an answer may have come before the write failed
        this.stall = new WriteWatch(channel, limits.write(),
                () -> lost(CloseReason.of(Kind.TIMEOUT, Side.TARGET, "the server takes nothing")));
        this.silence = new ReadWatch(channel.eventLoop(), limits.response(),
                () -> lost(CloseReason.of(Kind.TIMEOUT, Side.TARGET, "the server sends nothing")));
    }

    /** Puts the codec on the stream. */
    void start() {
        scope.own(reason -> {
            over = true;
            return channel.close();
        });
        channel.closeFuture().addListener(f -> {
            silence.stop();
            scope.close(CloseReason.finished());
        });
        channel.config().setOption(ChannelOption.AUTO_CLOSE, false); // a failed write must not lose the answer that came before
        ReadHold.release(channel, pipeline -> pipeline.addLast(decoder, this));
        channel.config().setAutoRead(true);
    }

    OriginPool.Key key() {
        return key;
    }

    long idleSince() {
        return idleSince;
    }

    /** Whose exchange comes next. */
    Http1OriginConnection usedBy(PinnedOrigin client) {
        user = client;
        return this;
    }

    /** Nobody but the client that uses it now may use the connection from here on. */
    void pin() {
        pinnedTo = user;
    }

    /** Ends the connection. */
    void close(CloseReason why) {
        over = true;
        pool.forget(this);
        if (pinnedTo != null) {
            pinnedTo.forget(this);
        }
        scope.close(why);
    }

    // ---- the request half

    @Override
    public void send(RequestHead request, ResponseSink to) {
        sink = to;
        interim = null;
        requestDone = false;
        responseDone = false;
        answered = false;
        keepAlive = false;
        exchanges++;
        silence.begin();
        head = request.isHead();
        decoder.answersHead(head);
        decoder.takeConsumed();
        HttpHeaders headers = request.headers();
        if (request.length() == RequestHead.UNKNOWN) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (request.length() > 0 && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(request.length()));
        }
        if (proxyAuthorization != null) {
            headers.set(HttpHeaderNames.PROXY_AUTHORIZATION, proxyAuthorization);
        }
        writer.request(request.method().asciiName(), proxy ? request.absoluteForm() : request.path(), request.authority(),
                headers);
        if (request.length() == 0) {
            requestEnd(LastHttpContent.EMPTY_LAST_CONTENT.trailingHeaders());
        }
    }

    @Override
    public void requestData(ByteBuf data) {
        if (over || outputDead) {
            data.release();
            return;
        }
        silence.progress();
        writer.data(data);
        if (!channel.isWritable() && sink != null) {
            sink.pauseRequest();
            stall.begin();
        }
    }

    @Override
    public void requestEnd(HttpHeaders trailers) {
        silence.progress();
        if (!over && !outputDead) {
            writer.end(trailers);
            writer.flush();
        }
        requestDone = true;
        if (responseDone) {
            free();
        }
    }

    @Override
    public void requestFlush() {
        if (!over) {
            writer.flush();
        }
    }

    @Override
    public void requestReset(CloseReason why) {
        sink = null;
        close(why);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext c) {
        ResponseSink s = sink;
        if (s != null && !requestDone) {
            if (channel.isWritable()) {
                s.resumeRequest();
            } else {
                stall.begin();
                s.pauseRequest();
            }
        }
    }

    // ---- the response half

    @Override
    public void pauseResponse() {
        silence.end();
        channel.config().setAutoRead(false);
    }

    @Override
    public void resumeResponse() {
        if (!over) {
            if (sink != null) {
                silence.begin();
            }
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        ResponseSink s = sink;
        if (over || s == null) {
            ReferenceCountUtil.release(message);
            if (!over) { // RFC 9112 §9.2: nothing was asked for, so this can be no answer
                close(CloseReason.of(Kind.PROTOCOL, Side.TARGET, "data without a request"));
            }
            return;
        }
        answered = true;
        try {
            if (message instanceof HttpResponse response) {
                responseHead(response, s);
            } else if (message instanceof HttpContent content) {
                content(content, s);
            } else if (message instanceof HeadScanner.Fault fault) {
                throw Http1ResponseHeads.bad(fault.status() == 431
                        ? "http_response_header_section_size"
                        : "http_protocol_error", fault.rule());
            } else {
                ReferenceCountUtil.release(message);
            }
        } catch (RefusedException e) {
            lost(new CloseReason(Kind.PROTOCOL, Side.TARGET, e.refusal().detail(), e));
        }
    }

    private void responseHead(HttpResponse response, ResponseSink s) throws RefusedException {
        boolean selfDelimiting = response.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
        ResponseHead read = Http1ResponseHeads.read(response, head);
        if (read.isInterim()) {
            interim = read;
            return;
        }
        keepAlive = read.version().equals(HttpVersion.HTTP_1_1) && (selfDelimiting || read.length() != RequestHead.UNKNOWN)
                && !response.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        if (pinnedTo == null && authenticatesConnection(read.headers())) {
            pinnedTo = user;
        }
        s.responseHead(read);
    }

    private static boolean authenticatesConnection(HttpHeaders headers) {
        if (!headers.contains(HttpHeaderNames.WWW_AUTHENTICATE)) {
            return false;
        }
        for (String challenge : headers.getAll(HttpHeaderNames.WWW_AUTHENTICATE)) {
            if (challenge.regionMatches(true, 0, "NTLM", 0, 4) || challenge.regionMatches(true, 0, "Negotiate", 0, 9)) {
                return true;
            }
        }
        return false;
    }

    private void content(HttpContent content, ResponseSink s) throws RefusedException {
        Throwable fault = content.decoderResult().cause();
        if (fault != null) {
            content.release();
            throw Http1ResponseHeads.bad("http_protocol_error", "chunked body: " + fault.getMessage());
        }
        ResponseHead was = interim;
        if (was != null) { // the decoder ends each interim response with an empty body
            interim = null;
            content.release();
            s.interim(was);
            return;
        }
        if (content.content().isReadable()) {
            s.responseData(content.content());
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent last && !over) {
            responseDone = true;
            if (requestDone) {
                free(); // first, so that the next request of this client finds the connection
            }
            s.responseEnd(last.trailingHeaders());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        silence.progress();
        ResponseSink s = sink;
        if (s != null) {
            s.responseFlush();
        }
    }

    /** Both halves are done. */
    private void free() {
        sink = null;
        silence.end();
        if (!keepAlive || over || outputDead || decoder.held() > 0 || !scope.isOpen()) {
            close(CloseReason.finished());
            return;
        }
        channel.config().setAutoRead(true);
        idleSince = pool.now();
        PinnedOrigin client = pinnedTo;
        if (!(client == null ? pool.keep(this) : client.keep(this))) {
            close(CloseReason.finished());
        }
    }

    @Override
    public boolean maybeStale() {
        return exchanges > 1 && !answered;
    }

    @Override
    public boolean closing() {
        return !keepAlive || outputDead;
    }

    @Override
    public Channel detach() {
        sink = null;
        over = true;
        return Http1Detach.detach(channel, decoder, this);
    }

    // ---- how it ends

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            lost(CloseReason.of(Kind.PEER_CLOSED, Side.TARGET, "the server closed the connection"));
        } else if (event instanceof ChannelOutputShutdownEvent) {
            outputDead = true;
            ResponseSink s = sink;
            if (s != null && !requestDone) {
                s.resumeRequest(); // so that its end is seen; what comes is thrown away
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        lost(CloseReason.of(Kind.PEER_CLOSED, Side.TARGET, "the server closed the connection"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        CloseReason why = CloseReasons.classify(cause);
        if (why.kind() == Kind.FAULT) {
            if (sink == null) { // else the exchange that runs logs it, with its connection
                log.error("a fault on the connection to {}", key.destination(), cause);
            }
            lost(why);
        } else {
            lost(why.by(Side.TARGET));
        }
    }

    private void lost(CloseReason why) {
        if (over) {
            return;
        }
        ResponseSink s = sink;
        sink = null;
        decoder.pause();
        close(why);
        if (s != null) {
            s.responseReset(why);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        writer.at(c);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        writer.close();
    }
}
