package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.Scope;
import dev.sluice.net.Finish;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
    private enum State {
        IDLE, EXCHANGE, DROPPING, CLOSING, CLOSED, DETACHED
    }

    private final HttpEngine.PerLoop engine;
    private final HttpLimits limits;
    private final Channel channel;
    private final Scope session;
    private final ExchangeHandler handler;
    private final Http1Requests requests;
    private final Http1RequestDecoder decoder;
    private final Http1Responses responses;
    private final PinnedOrigin pinned = new PinnedOrigin();
    private final WriteWatch stall;
    private final Deadline deadline;
    private @Nullable ChannelHandlerContext ctx;

    private State state = State.IDLE;
    private @Nullable Exchange exchange;
    private boolean inputEnded;
    private boolean draining;
    private long sentWhenLooked;

    Http1ClientConnection(HttpEngine.PerLoop engine, Channel channel, Scope session, ExchangeHandler handler) {
        this.engine = engine;
        this.limits = engine.limits();
        this.channel = channel;
        this.session = session;
        this.handler = handler;
        this.requests = new Http1Requests(limits);
        this.decoder = requests.decoder();
        this.responses = new Http1Responses(channel);
        this.deadline = new Deadline(channel.eventLoop(), this::deadlinePassed);
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
        if (state == State.IDLE && !deadline.isSet()) {
            deadline.set(limits.idle());
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
        deadline.clear();
        responses.begin(Http1Requests.mayFollow(decoded) && !draining);
        RequestHead head;
        try {
            head = requests.begin(decoded);
        } catch (RefusedException e) {
            malformed(e.refusal(), Refusal.wantsHtml(decoded.headers()));
            return;
        }
        responses.answers(head);
        state = State.EXCHANGE;
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
        responses.last();
        decoder.pause();
        LocalReply reply = refusal.reply(html);
        reply.head().headers().set(HttpHeaderNames.DATE, engine.rules().date());
        reply.to(this, false);
        close();
    }

    private void content(HttpContent content) {
        requests.count();
        if (deadline.isSet()) {
            deadline.set(limits.body());
        }
        Throwable fault = content.decoderResult().cause();
        if (fault != null) {
            content.release();
            badBody(fault);
            return;
        }
        if (requests.isDone()) { // the empty end that the decoder puts behind every request without a body
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
            requests.end();
            deadline.clear();
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
        if (responses.isDone()) {
            giveUpRequest();
            return;
        }
        Exchange broken = exchange;
        exchange = null;
        boolean begun = responses.isBegun();
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
        boolean last = content instanceof LastHttpContent;
        if (!requests.drop(content)) {
            giveUpRequest();
        } else if (last) {
            requests.end();
            deadline.clear();
            Exchange done = exchange;
            if (done != null) {
                done.requestEnd(EmptyHttpHeaders.INSTANCE);
            }
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
                if (e != null && !requests.isDone()) {
                    e.requestFlush();
                }
                if (requests.isFollowed()) {
                    channel.config().setAutoRead(false); // pipelined: the next request waits, the ones behind it in the socket
                }
            }
            case IDLE -> {
                if (requests.headBegins()) {
                    deadline.set(limits.headerTime());
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
            if (e != null && requests.isDone()) {
                e.clientEnded();
            }
        }
    }

    private void inputEnded() {
        inputEnded = true;
        Exchange e = exchange;
        switch (state) {
            case EXCHANGE, DROPPING -> {
                if (!requests.isDone()) {
                    lost(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "the client left in the middle of its request"));
                } else if (e != null) {
                    responses.last();
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
            sentWhenLooked = responses.sent();
            deadline.set(limits.headerTime().dividedBy(2));
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
                handler.fault(cause);
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
        if (state == State.EXCHANGE && !requests.isDone()) {
            deadline.clear();
            decoder.pause();
            channel.config().setAutoRead(false);
        }
    }

    @Override
    public void resumeRequest() {
        if (state == State.EXCHANGE && !requests.isDone()) {
            deadline.set(limits.body());
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
        if (state != State.DETACHED && state != State.CLOSED && !requests.isFollowed()) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public boolean takesInterim() {
        return responses.takesInterim();
    }

    @Override
    public void lastResponse() {
        responses.last();
    }

    @Override
    public void interim(ResponseHead head) {
        if (writable()) {
            responses.interim(head);
        }
    }

    @Override
    public void responseHead(ResponseHead head) {
        if (!writable()) {
            return;
        }
        if (draining || inputEnded) {
            responses.last();
        }
        responses.head(head);
    }

    @Override
    public void responseData(ByteBuf data) {
        if (!writable()) {
            data.release();
            return;
        }
        responses.data(data);
        if (!channel.isWritable() && exchange != null) { // it may have been full before this response began
            stall.begin();
            exchange.pauseResponse();
        }
    }

    @Override
    public void responseEnd(HttpHeaders trailers) {
        if (writable()) {
            responses.end(trailers);
        }
    }

    @Override
    public void responseFlush() {
        if (writable()) {
            responses.flush();
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
        if (responses.isLast()) {
            giveUpRequest();
            return;
        }
        deadline.set(limits.body());
        resumeDecoder();
    }

    @Override
    public void exchangeDone() {
        exchange = null;
        if (state == State.CLOSING || state == State.CLOSED) {
            return;
        }
        if (responses.isLast()) {
            close();
            return;
        }
        state = State.IDLE;
        deadline.set(limits.idle());
        resumeDecoder();
    }

    @Override
    public void responseReset(CloseReason why) {
        exchange = null;
        if (state == State.EXCHANGE || state == State.DROPPING) {
            if (responses.isDone()) {
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
        deadline.stop();
        pinned.close(CloseReason.finished());
        return Http1Detach.detach(channel, decoder, this);
    }

    @Override
    public long received() {
        return requests.received();
    }

    @Override
    public long sent() {
        return responses.sent();
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
        deadline.set(limits.linger());
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
        deadline.stop();
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

    private void deadlinePassed() {
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.CLOSING) {
            closeNow(CloseReason.finished());
        } else if ((state == State.EXCHANGE || state == State.DROPPING) && !requests.isDone()) {
            stalledBody();
        } else if (inputEnded && responses.sent() == sentWhenLooked) {
            lost(CloseReason.of(Kind.PEER_CLOSED, Side.CLIENT, "the client left"));
        } else if (inputEnded) {
            awaitProgress();
        } else if (requests.isInsideHead()) {
            malformed(new Refusal(408, null, "The request's header did not arrive in time.", "Try again.", true), false);
        } else {
            close();
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext c) {
        ctx = c;
        responses.at(c);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext c) {
        responses.close();
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(ctx, "not in a pipeline");
    }
}
