package dev.sluice.http;

import dev.sluice.core.CloseReason;
import dev.sluice.core.CloseReason.Kind;
import dev.sluice.core.CloseReason.Side;
import dev.sluice.core.CloseReasons;
import dev.sluice.core.ConnectFailedException;
import dev.sluice.core.Connection;
import dev.sluice.core.Route;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request and its responses, on their way through this proxy; see the package for the idea.
 *
 * <p>It stands between a client's codec and an origin's codec and knows neither's version. Each half goes its own way, whatever the
 * other does:
 *
 * <pre>
 * request:   HELD ----&gt; FLOWING ----&gt; DONE            head known, body held back; body flows; all passed on
 *              \            \-------&gt; DROPPED        nobody wants the rest: the client's codec throws it away
 * response:  AWAITED -&gt; FLOWING ----&gt; DONE            interim heads come in AWAITED
 *                 \         \-------&gt; BROKEN         a begun response that cannot be completed is cut, never mended
 *                  \-------&gt; SWITCHED                101: no HTTP from here on
 * </pre>
 *
 * The exchange is over when the response is DONE and the request DONE or thrown away to its end, or when one of them is broken.
 * Belongs to the client's loop.
 */
public final class Exchange implements RequestSink, ResponseSink {
    private enum Request {
        HELD, FLOWING, DONE, DROPPED
    }

    private enum Response {
        AWAITED, FLOWING, DONE, SWITCHED, BROKEN
    }

    private static final CloseReason FINISHED = CloseReason.finished();

    private final HttpEngine.PerLoop engine;
    private final ClientEnd client;
    private final ExchangeHandler handler;
    private final RequestHead head;
    private final long beganNanos = System.nanoTime();

    private Request request = Request.HELD;
    private Response response = Response.AWAITED;
    private @Nullable OriginRequest upstream; // once it is forwarded
    private @Nullable OriginEnd origin;
    private @Nullable Runnable whenLeft;
    private @Nullable String upgrade;
    private List<String> requestNominated = List.of();
    private List<String> responseNominated = List.of();
    private CloseReason failure = FINISHED;
    private int status;
    private boolean bodyBegun;
    private boolean continued; // the client was told 100
    private boolean expectsContinue;
    private boolean restUnwanted; // the client was told that the connection ends with this response
    private boolean over;

    Exchange(HttpEngine.PerLoop engine, ClientEnd client, ExchangeHandler handler, RequestHead head) {
        this.engine = engine;
        this.client = client;
        this.handler = handler;
        this.head = head;
    }

    // ---- what the handler asks

    /** The request's head, as it came; {@link #forward} changes its fields. */
    public RequestHead head() {
        return head;
    }

    /** The status that the client got; 0 where it got none. */
    public int status() {
        return status;
    }

    /** Bytes received from the client for this exchange, as on the wire. */
    public long up() {
        return client.received();
    }

    /** Bytes sent to the client for this exchange, as on the wire. */
    public long down() {
        return client.sent();
    }

    /** How long it has taken so far. */
    public Duration duration() {
        return Duration.ofNanos(System.nanoTime() - beganNanos);
    }

    /** What it was forwarded as; null where it was not. */
    public @Nullable Connection connection() {
        OriginRequest asked = upstream;
        return asked == null ? null : asked.connection();
    }

    /** How it was forwarded; null where it was not. */
    public @Nullable Route route() {
        OriginRequest asked = upstream;
        return asked == null ? null : asked.route();
    }

    /** Whether nothing more will come of it. */
    public boolean isOver() {
        return over;
    }

    /**
     * Runs {@code task} when the client leaves while nothing of a response has begun: it has reset the stream, or ended it without
     * having sent anything beyond its request.
     */
    public void whenClientLeaves(Runnable task) {
        whenLeft = task;
    }

    // ---- what the handler decides

    /**
     * Forwards the request by {@code way}. The exchange ends with the scope of {@code carried}, and closes it at its end.
     *
     * @param carried the connection that this exchange is; its destination is the one of the head
     */
    public void forward(Connection carried, Route way) {
        OriginRequest asked = new OriginRequest(this, client, carried, way);
        upstream = asked;
        asked.hold();
        if (over) {
            return;
        }
        if (engine.rules().loops(head.headers())) {
            failure = CloseReason.of(Kind.BLOCKED, Side.SELF, "proxy loop");
            refuse(Refusal.loop());
            return;
        }
        LocalReply own = MaxForwards.take(head);
        if (own != null) {
            answer(own);
            return;
        }
        requestNominated = ForwardingRules.nominated(head.headers());
        upgrade = ForwardingRules.upgrade(head);
        expectsContinue = head.length() != 0
                && head.headers().contains(HttpHeaderNames.EXPECT, HttpHeaderValues.CONTINUE, true);
        engine.rules().request(head, upgrade);
        asked.open(engine.pool());
    }

    /** Answers in the origin's place. The reason for the log is what {@code refusal} says, or what was set before. */
    public void refuse(Refusal refusal) {
        if (refusal.close()) {
            client.lastResponse();
        }
        answer(refusal.reply(Refusal.wantsHtml(head.headers())));
    }

    /**
     * Answers in the origin's place, and lets the log say why.
     */
    public void refuse(Refusal refusal, CloseReason why) {
        failure = why;
        refuse(refusal);
    }

    /**
     * Answers a CONNECT with success. What the client sends from here on is opaque.
     *
     * @return the client's stream, with auto-read off and a {@code ReadHold} that has the bytes it sent early; it belongs to the caller
     */
    public Channel tunnel() {
        over = true;
        response = Response.SWITCHED;
        status = 200;
        HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        client.responseHead(new ResponseHead(CONNECTED, HttpVersion.HTTP_1_1, headers, 0));
        client.responseFlush();
        return client.detach();
    }

    private static final HttpResponseStatus CONNECTED = new HttpResponseStatus(200, "Connection established");

    private void answer(LocalReply reply) {
        if (over || response != Response.AWAITED) {
            return;
        }
        status = reply.status();
        reply.head().headers().set(HttpHeaderNames.DATE, engine.rules().date());
        dropRequest();
        response = Response.DONE;
        reply.to(client, head.isHead());
        endIfDone();
    }

    // ---- the origin is found

    void opened(OriginEnd found) {
        origin = found;
        request = head.length() == 0 ? Request.DONE : Request.FLOWING;
        found.send(head, this);
        if (request == Request.FLOWING) {
            found.requestFlush();
            client.resumeRequest();
        }
    }

    void openFailed(ConnectFailedException e) {
        if (!over) {
            refuse(Refusal.of(e), CloseReasons.classify(e));
        }
    }

    // ---- the request half, called by the client's codec

    @Override
    public void requestData(ByteBuf data) {
        OriginEnd to = origin;
        if (request != Request.FLOWING || to == null) {
            data.release();
            return;
        }
        bodyBegun = true;
        to.requestData(data);
    }

    @Override
    public void requestEnd(HttpHeaders trailers) {
        OriginEnd to = origin;
        if (request == Request.FLOWING && to != null) {
            request = Request.DONE;
            to.requestEnd(ForwardingRules.trailers(trailers, requestNominated));
        } else if (request == Request.DROPPED) {
            request = Request.DONE;
        }
        endIfDone();
    }

    @Override
    public void requestFlush() {
        OriginEnd to = origin;
        if (to != null && request != Request.DROPPED) {
            to.requestFlush();
        }
        count();
    }

    @Override
    public void requestReset(CloseReason why) {
        abort(why);
    }

    /** The request is broken; the client is told {@code status}, or nothing where that is 0. */
    void requestRefused(int answered, CloseReason why) {
        if (answered != 0) {
            status = answered;
        }
        abort(why);
    }

    /** The client has ended its output behind a complete request, or is lost. */
    void clientLeft() {
        Runnable task = whenLeft;
        if (!over && task != null) {
            whenLeft = null;
            task.run();
        }
    }

    /** The client has ended its output in order and waits for its answer: a dial that hangs is not worth its whole time-out any more. */
    void clientEnded() {
        OriginRequest asked = upstream;
        if (asked != null) {
            asked.hurry(engine.limits().headerTime().dividedBy(2));
        }
    }

    @Override
    public void pauseResponse() {
        if (origin != null) {
            origin.pauseResponse();
        }
    }

    @Override
    public void resumeResponse() {
        if (origin != null) {
            origin.resumeResponse();
        }
    }

    // ---- the response half, called by the origin's codec

    @Override
    public void interim(ResponseHead interim) {
        if (over || response != Response.AWAITED) {
            return;
        }
        if (interim.status().code() == 101) {
            switchProtocols(interim);
        } else if (client.takesInterim()) {
            continued |= interim.status().code() == 100;
            engine.rules().response(interim);
            client.interim(interim);
        }
    }

    private void switchProtocols(ResponseHead interim) {
        String to = interim.headers().get(HttpHeaderNames.UPGRADE);
        if (upgrade == null || to == null || request != Request.DONE || !client.takesInterim()) {
            giveUpOrigin(Refusal.badGateway("http_upgrade_failed", "The server switched protocols without being asked."),
                    CloseReason.of(Kind.PROTOCOL, Side.TARGET, "101 that was not asked for"));
            return;
        }
        engine.rules().response(interim);
        interim.headers().set(HttpHeaderNames.UPGRADE, to);
        interim.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        status = 101;
        response = Response.SWITCHED;
        over = true;
        OriginRequest asked = upstream;
        if (asked != null) {
            asked.count();
            asked.release();
        }
        client.interim(interim);
        Channel target = Objects.requireNonNull(origin).detach();
        handler.switched(this, client.detach(), target);
    }

    @Override
    public void responseHead(ResponseHead answer) {
        if (over || response != Response.AWAITED) {
            return;
        }
        if (answer.status().code() == 407) {
            giveUpOrigin(Refusal.upstreamAuth(), CloseReason.of(Kind.UNREACHABLE, Side.TARGET, "407 from the next hop"));
            return;
        }
        status = answer.status().code();
        response = Response.FLOWING;
        responseNominated = ForwardingRules.nominated(answer.headers());
        engine.rules().response(answer);
        boolean refusedBody = expectsContinue && !continued && !bodyBegun;
        if (request == Request.FLOWING && (refusedBody || Objects.requireNonNull(origin).closing())) {
            restUnwanted = true; // nothing but the end of the connection tells the client
            client.lastResponse();
        }
        client.responseHead(answer);
    }

    @Override
    public void responseData(ByteBuf data) {
        if (response != Response.FLOWING) {
            data.release();
            return;
        }
        client.responseData(data);
    }

    @Override
    public void responseEnd(HttpHeaders trailers) {
        if (response != Response.FLOWING) {
            return;
        }
        response = Response.DONE;
        OriginEnd from = origin;
        if (request == Request.FLOWING && from != null && (restUnwanted || from.closing())) {
            origin = null;
            from.requestReset(FINISHED);
            dropRequest();
        }
        client.responseEnd(ForwardingRules.trailers(trailers, responseNominated));
        endIfDone();
    }

    @Override
    public void responseFlush() {
        if (!over) {
            client.responseFlush();
            count();
        }
    }

    @Override
    public void responseReset(CloseReason why) {
        OriginEnd lost = origin;
        origin = null;
        if (over) {
            return;
        }
        switch (response) {
            case AWAITED -> unanswered(why, lost != null && lost.maybeStale());
            case FLOWING -> {
                response = Response.BROKEN;
                client.responseReset(why); // a second answer inside a begun one would be read as its body
                end(why);
            }
            case DONE -> {
                dropRequest();
                endIfDone();
            }
            case SWITCHED, BROKEN -> {
            }
        }
    }

    /** RFC 9110 §9.2.2: tried again once, only what does no harm when done twice, only what is still whole here. */
    private void unanswered(CloseReason why, boolean stale) {
        OriginRequest asked = upstream;
        if (stale && why.kind() != Kind.TIMEOUT && !bodyBegun && head.isIdempotent() && asked != null && asked.mayTryAgain()) {
            client.pauseRequest();
            request = Request.HELD;
            asked.openAgain(engine.pool());
            return;
        }
        refuse(Refusal.unanswered(why), why);
    }

    /** The response that has begun is not for the client, who gets {@code refusal}. */
    private void giveUpOrigin(Refusal refusal, CloseReason why) {
        OriginEnd from = Objects.requireNonNull(origin);
        origin = null;
        from.requestReset(why);
        refuse(refusal, why);
    }

    @Override
    public void pauseRequest() {
        if (request == Request.FLOWING) {
            client.pauseRequest();
        }
    }

    @Override
    public void resumeRequest() {
        if (request == Request.FLOWING) {
            client.resumeRequest();
        }
    }

    // ---- how it ends

    private void dropRequest() {
        if (request == Request.HELD && head.length() == 0) {
            request = Request.DONE;
        } else if (request != Request.DONE) {
            request = Request.DROPPED;
        }
    }

    private void endIfDone() {
        if (over || response != Response.DONE) {
            return;
        }
        if (request == Request.DONE) {
            end(failure);
            client.exchangeDone();
        } else if (request == Request.DROPPED) {
            client.dropRequest();
        }
    }

    /** The client, or whoever owns the connection, ends it before its time. */
    void abort(CloseReason why) {
        if (over) {
            return;
        }
        boolean complete = response == Response.DONE;
        if (!complete) {
            response = Response.BROKEN;
        }
        end(complete ? FINISHED : why);
        client.responseReset(why);
    }

    private void end(CloseReason why) {
        if (over) {
            return;
        }
        over = true;
        count();
        OriginEnd from = origin;
        origin = null;
        if (from != null && (response != Response.DONE || request != Request.DONE)) {
            from.requestReset(why);
        }
        OriginRequest asked = upstream;
        if (asked != null) {
            asked.cancelDial();
            asked.release();
        }
        handler.ended(this, why);
        if (asked != null) {
            asked.connection().scope().close(why);
        }
    }

    private void count() {
        OriginRequest asked = upstream;
        if (asked != null) {
            asked.count();
        }
    }

    @Override
    public String toString() {
        return "Exchange(" + head + ", request " + request + ", response " + response + ")";
    }
}
