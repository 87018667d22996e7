package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Scope;
import dev.sluice.net.Finish;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP/1 connection of a client: one exchange after the other, so that pipelined requests are answered in order. While an exchange
 * runs the decoder is paused behind its request, and at most one read of what comes behind it is kept.
 *
 * <pre>
 * IDLE ---&gt; EXCHANGE ---&gt; IDLE ...        keep-alive
 *   \           \---&gt; DROPPING --&gt; IDLE    answered before the request was complete: its rest is read and thrown away, bounded
 *    \           \        \
 *     \-----------\--------\--&gt; CLOSING     our end is said, the client's awaited for a moment (RFC 9112 §9.6), then CLOSED
 * </pre>
 *
 * Belongs to the channel's loop.
 */
final class Http1ClientConnection extends ChannelInboundHandlerAdapter implements ClientEnd {
    private static final Logger log = LoggerFactory.getLogger(Http1ClientConnection.class);

    private enum State {
        IDLE, EXCHANGE, DROPPING, CLOSING, CLOSED, DETACHED
    }

    private final HttpEngine.PerLoop engine;
    private final HttpLimits limits;
    private final Channel channel;
    private final Scope session;
    private final ExchangeHandler handler;
    private final Http1RequestDecoder decoder;
    private final Http1Writer writer;
    private final Http1RequestHeads heads = new Http1RequestHeads();
    private final PinnedOrigin pinned = new PinnedOrigin();
    private final WriteWatch stall;
    private @Nullable ChannelHandlerContext ctx;

    private State state = State.IDLE;
    private @Nullable Exchange exchange;
    private @Nullable RequestHead request;
    private boolean requestDone;
    private boolean responseDone;
    private boolean keepAlive;
    private boolean inputEnded;
    private boolean draining;
    private boolean insideHead;
    private long received;
    private long sent;
    private long sentWhenLooked;
    private long dropped;

    private long deadline; // System.nanoTime(), meaningful while deadlineSet
    private boolean deadlineSet;
    private @Nullable ScheduledFuture<?> timer;
    private long timerAt;

    Http1ClientConnection(HttpEngine.PerLoop engine, Channel channel, Scope session, ExchangeHandler handler) {
        this.engine = engine;
        this.limits = engine.limits();
        this.channel = channel;
        this.session = session;
        this.handler = handler;
        this.decoder = new Http1RequestDecoder(limits);
        this.writer = new Http1Writer(channel, true);
        this.stall = new WriteWatch(channel, limits.write(),
                () -> lost(CloseReason.of(Kind.TIMEOUT, Side.CLIENT, "the client takes nothing")));
    }

    void install(ChannelPipeline pipeline) {
        pipeline.addLast(decoder, this);
    }

    void start() {
        session.onDrain(() -> {
            draining = true;
            if (state == State.IDLE && !decoder.insideHead()) {
                close();
            }
        });
        if (state == State.IDLE && !deadlineSet) {
            expect(limits.idle());
        }
        if (state != State.DETACHED && state != State.CLOSED) {
            channel.config().setAutoRead(!(state == State.EXCHANGE && decoder.held() > 0));
        }
    }

    // ---- what the client sends

    @Override
    public void channelRead(ChannelHandlerContext c, Object message) {
        if (message instanceof HttpRequest head && state == State.IDLE) {
            request(head);
        } else if (message instanceof HttpContent content && (state == State.EXCHANGE || state == State.DROPPING)) {
            content(content);
        } else if (message instanceof HeadScanner.Fault fault && state == State.IDLE) {
            malformed(Refusal.malformed(fault.status(), fault.rule()), false);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void request(HttpRequest decoded) {
        cancelDeadline();
        insideHead = false;
        received = decoder.takeConsumed();
        sent = 0;
        writer.takeWritten();
        dropped = 0;
        responseDone = false;
        RequestHead head;
        keepAlive = decoded.protocolVersion().equals(HttpVersion.HTTP_1_1) // RFC 9112 §9.3: never with a 1.0 client
                && !draining
                && !decoded.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        request = null;
        try {
            head = heads.read(decoded);
        } catch (RefusedException e) {
            malformed(e.refusal(), Refusal.wantsHtml(decoded.headers()));
            return;
        }
        request = head;
        requestDone = head.length() == 0;
        state = State.EXCHANGE;
        decoder.pause();
        Exchange next = new Exchange(engine, this, handler, head);
        exchange = next;
        handler.request(next);
    }

    /** A request that no exchange can be made of. */
    private void malformed(Refusal refusal, boolean html) {
        handler.malformed(refusal.status(), CloseReason.of(refusal.status() == 408 ? Kind.TIMEOUT : Kind.PROTOCOL, Side.CLIENT,
                refusal.detail()));
        answer(refusal, html);
    }

    /** Answers what is not, or not any more, an exchange; it is the last answer. */
    private void answer(Refusal refusal, boolean html) {
        state = State.EXCHANGE;
        keepAlive = false;
        decoder.pause();
        byte[] page = refusal.page(html).getBytes(StandardCharsets.UTF_8);
        ResponseHead head = refusal.head(html, page.length);
        head.headers().set(HttpHeaderNames.DATE, engine.rules().date());
        responseHead(head);
        responseData(Unpooled.wrappedBuffer(page));
        responseEnd(EmptyHttpHeaders.INSTANCE);
        close();
    }

    private void content(HttpContent content) {
        received += decoder.takeConsumed();
        if (deadlineSet) {
            expect(limits.body());
        }
        Throwable fault = content.decoderResult().cause();
        if (fault != null) {
            content.release();
            badBody(fault);
            return;
        }
        if (requestDone) { // the empty end that the decoder puts behind every request without a body
            content.release();
            return;
        }
        Exchange to = exchange;
        if (state == State.DROPPING || to == null) {
            drop(content);
            return;
        }
        if (content.content().isReadable()) {
            to.requestData(content.content());
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent last) {
            requestDone = true;
            cancelDeadline();
            decoder.pause();
            to.requestEnd(last.trailingHeaders());
        }
    }

    /** A chunk that cannot be read: the origin must not take what it got for complete. */
    private void badBody(Throwable fault) {
        giveUpBody(new CloseReason(Kind.PROTOCOL, Side.CLIENT, "chunked body: " + fault.getMessage(), null),
                Refusal.malformed(400, "the chunked body cannot be read"));
    }

    private void stalledBody() {
        giveUpBody(CloseReason.of(Kind.TIMEOUT, Side.CLIENT, "the client sends no more of its request"),
                new Refusal(408, null, "The request's body did not arrive in time.", "Try again.", true));
    }

    private void giveUpBody(CloseReason why, Refusal refusal) {
        if (responseDone) {
            giveUpRequest();
            return;
        }
        Exchange broken = exchange;
        exchange = null;
        boolean begun = sent + writer.takeWritten() > 0;
        if (broken != null) {
            state = State.CLOSED; // the exchange must not close what still has to be answered
            broken.requestRefused(begun ? 0 : refusal.status(), why);
        }
        state = State.EXCHANGE;
        if (begun) {
            reset(why);
        } else {
            answer(refusal, false);
        }
    }

    private void drop(HttpContent content) {
        dropped += content.content().readableBytes();
        boolean last = content instanceof LastHttpContent;
        content.release();
        if (last) {
            requestDone = true;
            cancelDeadline();
            Exchange done = exchange;
            decoder.pause();
            if (done != null) {
                done.requestEnd(EmptyHttpHeaders.INSTANCE);
            }
        } else if (dropped > limits.drain()) {
            giveUpRequest();
        }
    }

    private void giveUpRequest() {
        Exchange done = exchange;
        exchange = null;
        close();
        if (done != null) {
            done.requestReset(CloseReason.of(Kind.LIMIT, Side.SELF, "the rest of the request is not wanted"));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext c) {
        switch (state) {
            case EXCHANGE, DROPPING -> {
                Exchange e = exchange;
                if (e != null && !requestDone) {
                    e.requestFlush();
                }
                if (requestDone && decoder.held() > 0) {
                    channel.config().setAutoRead(false); // pipelined: the next request waits, the ones behind it in the socket
                }
            }
            case IDLE -> {
                if (!insideHead && decoder.insideHead()) {
                    insideHead = true;
                    expect(limits.headerTime());
                }
            }
            case CLOSING, CLOSED, DETACHED -> {
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext c, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded();
        } else if (event == Http1Decoder.EarlyEnd.INSTANCE) {
            Exchange e = exchange;
            if (e != null && requestDone) {
                e.clientEnded();
            }
        }
    }

    private void inputEnded() {
        inputEnded = true;
        Exchange e = exchange;
        switch (state) {
            case EXCHANGE, DROPPING -> {
                if (!requestDone) {
                    lost(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "the client left in the middle of its request"));
                } else if (e != null) {
                    keepAlive = false;
                    e.clientLeft();
                    e.clientEnded();
                    awaitProgress();
                }
            }
            case IDLE, CLOSING -> closeNow(CloseReason.finished());
            case CLOSED, DETACHED -> {
            }
        }
    }

    /**
     * A client that has ended its output either waits for its response or is gone; nothing tells which, until something is sent. So the
     * exchange goes on while the response comes, and is given up when nothing of it came for a while.
     */
    private void awaitProgress() {
        if (state == State.EXCHANGE || state == State.DROPPING) {
            sentWhenLooked = sent;
            expect(limits.headerTime().dividedBy(2));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext c) {
        lost(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "the client left"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext c, Throwable cause) {
        CloseReason why = CloseReasons.classify(cause);
        if (why.kind() == Kind.FAULT) {
            Exchange e = exchange;
            if (e == null || e.connection() == null) { // else the exchange logs it, with its connection
                log.error("a fault on the connection of {}", channel.remoteAddress(), cause);
            }
            lost(why);
        } else {
            lost(why.by(Side.CLIENT));
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext c) {
        Exchange e = exchange;
        if (channel.isWritable()) {
            if (e != null) {
                e.resumeResponse();
            }
        } else {
            stall.begin();
            if (e != null) {
                e.pauseResponse();
            }
        }
    }

    // ---- what the exchange says

    @Override
    public void pauseRequest() {
        if (state == State.EXCHANGE && !requestDone) {
            cancelDeadline();
            decoder.pause();
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void resumeRequest() {
        if (state == State.EXCHANGE && !requestDone) {
            expect(limits.body());
            resumeDecoder();
        }
    }

    private void resumeDecoder() {
        try {
            decoder.resume();
        } catch (Exception e) {
            exceptionCaught(context(), e);
            return;
        }
        if (state != State.DETACHED && state != State.CLOSED && (!requestDone || decoder.held() == 0)) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public boolean takesInterim() {
        RequestHead head = request;
        return head != null && head.version().equals(HttpVersion.HTTP_1_1);
    }

    @Override
    public void lastResponse() {
        keepAlive = false;
    }

    @Override
    public void interim(ResponseHead head) {
        if (writable()) {
            writer.response(head.status(), head.headers(), false);
            writer.flush();
            sent += writer.takeWritten();
        }
    }

    @Override
    public void responseHead(ResponseHead head) {
        if (!writable()) {
            return;
        }
        HttpHeaders headers = head.headers();
        RequestHead asked = request;
        boolean answersHead = asked != null && asked.isHead();
        boolean connected = asked != null && asked.isConnect() && head.status().code() / 100 == 2;
        if (head.length() == RequestHead.UNKNOWN) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
            if (takesInterim()) {
                headers.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            } else {
                keepAlive = false;
            }
        } else if (!answersHead && !connected && head.status().code() != 204 && head.status().code() != 304
                && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(head.length()));
        }
        if (draining || inputEnded) {
            keepAlive = false;
        }
        if (!keepAlive && !connected) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        }
        writer.response(head.status(), headers, answersHead);
    }

    @Override
    public void responseData(ByteBuf data) {
        if (!writable()) {
            data.release();
            return;
        }
        writer.data(data);
        if (!channel.isWritable() && exchange != null) { // it may have been full before this response began
            stall.begin();
            exchange.pauseResponse();
        }
    }

    @Override
    public void responseEnd(HttpHeaders trailers) {
        if (writable()) {
            responseDone = true;
            writer.end(trailers);
            writer.flush();
            sent += writer.takeWritten();
        }
    }

    @Override
    public void responseFlush() {
        if (writable()) {
            writer.flush();
            sent += writer.takeWritten();
        }
    }

    private boolean writable() {
        return state == State.EXCHANGE || state == State.DROPPING;
    }

    @Override
    public void dropRequest() {
        if (state != State.EXCHANGE) {
            return;
        }
        state = State.DROPPING;
        if (!keepAlive) {
            giveUpRequest();
            return;
        }
        expect(limits.body());
        resumeDecoder();
    }

    @Override
    public void exchangeDone() {
        exchange = null;
        request = null;
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        if (!keepAlive) {
            close();
            return;
        }
        state = State.IDLE;
        expect(limits.idle());
        resumeDecoder();
    }

    @Override
    public void responseReset(CloseReason why) {
        exchange = null;
        if (state == State.EXCHANGE || state == State.DROPPING) {
            if (responseDone) {
                close();
            } else {
                reset(why);
            }
        }
    }

    @Override
    public Channel detach() {
        state = State.DETACHED;
        exchange = null;
        cancelDeadline();
        stopTimer();
        pinned.close(CloseReason.finished());
        return Http1Detach.detach(channel, decoder, this);
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public long sent() {
        return sent;
    }

    @Override
    public PinnedOrigin pinned() {
        return pinned;
    }

    // ---- how it ends

    /** RFC 9112 §9.6: says the end, then reads on for a moment, so that no reset overtakes the last response. */
    private void close() {
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        state = State.CLOSING;
        pinned.close(CloseReason.finished());
        if (inputEnded || !channel.isActive()) {
            Finish.finish(channel).addListener(f -> closeNow(CloseReason.finished()));
            return;
        }
        Finish.finish(channel);
        expect(limits.linger());
        resumeDecoder();
    }

    private void reset(CloseReason why) {
        if (state == State.CLOSED) {
            closeSession(why);
            return;
        }
        state = State.CLOSED;
        pinned.close(why);
        Finish.reset(channel);
        closeSession(why);
    }

    private void closeNow(CloseReason why) {
        state = State.CLOSED;
        pinned.close(why);
        channel.close();
        closeSession(why);
    }

    private void closeSession(CloseReason why) {
        stopTimer();
        session.close(why);
    }

    private void lost(CloseReason why) {
        if (state == State.CLOSED || state == State.DETACHED) {
            return;
        }
        Exchange e = exchange;
        exchange = null;
        closeNow(why);
        if (e != null) {
            e.clientLeft();
            e.requestReset(why);
        }
    }

    // ---- time

    private void expect(Duration within) {
        deadline = System.nanoTime() + within.toNanos();
        deadlineSet = true;
        ScheduledFuture<?> running = timer;
        if (running == null) {
            arm(within.toNanos());
        } else if (timerAt - deadline > 0) {
            running.cancel(false);
            arm(within.toNanos());
        }
    }

    private void arm(long nanos) {
        timerAt = System.nanoTime() + nanos;
        timer = channel.eventLoop().schedule(this::tick, nanos, TimeUnit.NANOSECONDS);
    }

    private void cancelDeadline() {
        deadlineSet = false; // the timer stays and finds nothing to do: cheaper than to cancel one for each request
    }

    private void stopTimer() {
        ScheduledFuture<?> running = timer;
        timer = null;
        if (running != null) {
            running.cancel(false);
        }
    }

    private void tick() {
        timer = null;
        if (!deadlineSet || state == State.CLOSED) {
            return;
        }
        long left = deadline - System.nanoTime();
        if (left > 0) {
            arm(left);
            return;
        }
        deadlineSet = false;
        if (state == State.CLOSING) {
            closeNow(CloseReason.finished());
        } else if ((state == State.EXCHANGE || state == State.DROPPING) && !requestDone) {
            stalledBody();
        } else if (inputEnded && sent == sentWhenLooked) {
            lost(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "the client left"));
        } else if (inputEnded) {
            awaitProgress();
        } else if (insideHead) {
            malformed(new Refusal(408, null, "The request's header did not arrive in time.", "Try again.", true), false);
        } else {
            close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
        writer.at(c);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        writer.close();
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(ctx, "not in a pipeline");
    }
}
