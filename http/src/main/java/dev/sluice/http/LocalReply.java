package dev.sluice.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;

/** A whole response that this proxy gives in the origin's place: made here, not forwarded. */
final class LocalReply {
    private final ResponseHead head;
    private final byte[] body;

    /**
     * A reply.
     *
     * @param head its head, with the length of the body
     * @param body its body, which may be empty
     */
    LocalReply(ResponseHead head, byte[] body) {
        this.head = head;
        this.body = body;
    }

    ResponseHead head() {
        return head;
    }

    int status() {
        return head.status().code();
    }

    /**
     * Passes it on, from the head to the end.
     *
     * @param answersHead whether the request was a HEAD, whose answer has no body (RFC 9110 §9.3.2)
     */
    void to(ResponseSink client, boolean answersHead) {
        if (answersHead) {
            client.responseHead(new ResponseHead(head.status(), head.version(), head.headers(), 0));
        } else {
            client.responseHead(head);
            if (body.length > 0) {
                client.responseData(Unpooled.wrappedBuffer(body));
            }
        }
        client.responseEnd(EmptyHttpHeaders.INSTANCE);
    }
}
