/**
 * The exchange engine, the only thing that forwards HTTP messages.
 *
 * <p><b>The idea.</b> One {@link dev.sluice.http.Exchange} is one request and its responses: heads, data, trailers, an end or a reset.
 * It is version-neutral. A codec on the client's side and a codec on the origin's side turn it from and into octets; HTTP/1.1 is the
 * first codec, an HTTP/2 stream will be another, and the exchange does not change for it:
 *
 * <pre>
 *   client's codec  ---- RequestSink ---&gt;   Exchange   ---- RequestSink ---&gt;  origin's codec
 *  Http1ClientConnection &lt;--- ResponseSink ----      &lt;--- ResponseSink ----  Http1OriginConnection
 * </pre>
 *
 * <p><b>Two halves.</b> A proxy that sends a whole request before it reads the response deadlocks with {@code Expect: 100-continue},
 * loses early answers and stops uploads that answer as they read. Here the halves never wait for each other: each is a small state
 * machine of its own, and data passes through as it comes. Nothing is buffered whole.
 *
 * <p><b>Back-pressure</b> goes the other way along the same two interfaces: whoever writes a half and finds its stream full says
 * {@code pauseRequest} or {@code pauseResponse} to where it comes from, and {@code resume...} when the stream has room. What is on its
 * way may still come, so that a pause costs at most one read of a socket.
 *
 * <p><b>In the middle.</b> Both interfaces look the same from both sides, so something that implements both can stand between two
 * others and see, change, answer or hold every part: that is the place of an interceptor.
 *
 * <p><b>Strictness.</b> A head is read twice: by {@code HeadScanner}, which refuses every octet that two parsers could read in two
 * ways, and by Netty's decoder, which then sees only complete and clean heads. The framing (Host, length, transfer coding) is taken
 * out of the fields by the reading codec and written anew by the writing one; a peer's framing never passes through.
 *
 * <p><b>Time and threads.</b> An exchange, its client's connection and its origin's connection live on one event loop; so does the
 * pool that the origin's connection comes from. Nothing here is touched by another thread.
 *
 * <p>Floor 2. It knows no users, no rules of routing and no configuration: an {@link dev.sluice.http.ExchangeHandler} decides about
 * each request. It never joins opaque streams; after 101 and CONNECT it takes its codec off and hands the streams out.
 */
@NullMarked
package dev.sluice.http;

import org.jspecify.annotations.NullMarked;
