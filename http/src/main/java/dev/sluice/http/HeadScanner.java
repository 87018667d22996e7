package dev.sluice.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The strict reading of an HTTP/1 head, in front of Netty's decoder: finds where the head ends and refuses every octet that two
 * parsers could read in two ways (RFC 9112 §2.2, §3, §5).
 *
 * <p>Netty's decoder, as strict as it can be set, still lets pass: obs-fold, lower-case {@code http/1.1}, runs of blanks, tabs and
 * vertical tabs between the parts of the request line, versions other than 1.0 and 1.1. Here every
 * line ends in CRLF, names are tokens, values hold no control characters but HTAB, and the whole head is bounded. Netty sees a head
 * only when it is complete and clean, so it need not validate again.
 *
 * <p>Call {@link #scan} whenever bytes have come, with the head's first byte at the reader index; {@link #reset} before the next
 * head. Incremental: how the bytes are split makes no difference, and none is looked at twice.
 */
final class HeadScanner {

    /** How far the scan has come. */
    enum Result {
        /** The head is not complete. */
        MORE,
        /** The head is complete and clean. */
        COMPLETE,
        /** The head must be refused: see {@link HeadScanner#fault}. */
        FAULT
    }

    /**
     * Why a head is refused.
     *
     * @param status 400, 414, 431 or 505
     * @param rule what was broken, for the peer's author
     */
    record Fault(int status, String rule) {}

    private static final int BEGIN = 0; // before the first byte of the start line
    private static final int BEGIN_LF = 1;
    private static final int METHOD = 2;
    private static final int TARGET = 3;
    private static final int VERSION = 4;
    private static final int STATUS = 5; // SP 3DIGIT of a status line
    private static final int REASON = 6;
    private static final int LINE_CR = 7; // CR is due
    private static final int LINE_LF = 8; // LF is due
    private static final int FIELD = 9; // first byte of a field line, or of the end
    private static final int NAME = 10;
    private static final int BLANK = 11; // between the name and the colon: responses only
    private static final int VALUE = 12;
    private static final int END_LF = 13;
    private static final int DONE = 14;

    private static final int PIECE = 256; // looked at at once

    private static final byte[] VERSION_PREFIX = {'H', 'T', 'T', 'P', '/', '1', '.'};
    private static final boolean[] TOKEN = new boolean[256];

    static {
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
            TOKEN[Character.toUpperCase(c)] = true;
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
            TOKEN[c] = true;
        }
    }

    private final boolean request;
    private final HttpLimits limits;

    private final byte[] piece = new byte[PIECE];
    private int state;
    private int scanned; // bytes of this head looked at so far
    private int startLine; // bytes of the start line
    private int matched; // within VERSION and STATUS
    private int fields;
    private @Nullable Fault fault;

    private HeadScanner(boolean request, HttpLimits limits) {
        this.request = request;
        this.limits = limits;
        reset();
    }

    static HeadScanner ofRequests(HttpLimits limits) {
        return new HeadScanner(true, limits);
    }

    static HeadScanner ofResponses(HttpLimits limits) {
        return new HeadScanner(false, limits);
    }

    /** The next byte begins a new head. */
    void reset() {
        state = BEGIN;
        scanned = 0;
        startLine = 0;
        matched = 0;
        fields = 0;
        fault = null;
    }

    /** Looks at the bytes that have come since the last call. Consumes only empty lines before the start line. */
    Result scan(ByteBuf in) {
        int from = in.readerIndex() + scanned;
        int length = in.writerIndex() - from;
        if (length > 0) {
            scanned += look(in, from, length);
        }
        if (fault != null) {
            return Result.FAULT;
        }
        if (scanned - startLine > limits.headerSection()) {
            refuse(431, "header section longer than " + limits.headerSection() + " bytes");
            return Result.FAULT;
        }
        if (state == DONE) {
            return Result.COMPLETE;
        }
        if (state == BEGIN && scanned > 0) { // RFC 9112 §2.2: an empty line before the request line is skipped
            in.skipBytes(scanned);
            scanned = 0;
        }
        return Result.MORE;
    }

    /** Looks at up to {@code length} bytes, and says at how many it did. From an array: the checks of a buffer cost more than ours. */
    private int look(ByteBuf in, int from, int length) {
        for (int done = 0; done < length;) {
            int n = Math.min(piece.length, length - done);
            in.getBytes(from + done, piece, 0, n);
            for (int i = 0; i < n; i++) {
                int c = piece[i] & 0xff;
                boolean plain = state == VALUE ? c >= ' ' && c != 0x7f : state == NAME && TOKEN[c];
                if (!plain && !next(c)) {
                    return done + i + 1;
                }
            }
            done += n;
        }
        return length;
    }

    /** Whether a head has begun. */
    boolean begun() {
        return scanned > 0;
    }

    /** Why the head is refused, after {@link Result#FAULT}. */
    Fault fault() {
        Fault f = fault;
        return f == null ? new Fault(400, "unreadable head") : f;
    }

    /** One byte; false where it ends the head, or where it must not stand. */
    private boolean next(int c) {
        return switch (state) {
            case VALUE -> text(c);
            case NAME -> TOKEN[c] || name(c);
            case FIELD -> field(c);
            case TARGET -> target(c);
            case METHOD -> method(c);
            case VERSION -> version(c);
            case STATUS -> status(c);
            case REASON -> {
                startLine++;
                yield startLine <= limits.requestLine() ? text(c) : refuse(400, "status line too long");
            }
            case LINE_CR -> c == '\r' ? to(LINE_LF) : refuse(400, "line does not end in CRLF");
            case LINE_LF -> c == '\n' ? to(FIELD) : refuse(400, "bare CR");
            case BLANK -> c == ':' ? to(VALUE) : isBlank(c) || refuse(400, "field name is no token");
            case END_LF -> c == '\n' ? complete() : refuse(400, "bare CR");
            case BEGIN -> begin(c);
            default -> c == '\n' ? to(BEGIN) : refuse(400, "bare CR"); // BEGIN_LF
        };
    }

    private boolean complete() {
        state = DONE;
        return false;
    }

    private static boolean isBlank(int c) {
        return c == ' ' || c == '\t';
    }

    /** A field value or a reason phrase: no control character but HTAB, then CR. */
    private boolean text(int c) {
        if (c >= ' ' ? c != 0x7f : c == '\t') {
            return true;
        }
        return c == '\r' ? to(LINE_LF) : control(c);
    }

    private boolean name(int c) {
        if (c == ':') {
            return to(VALUE);
        }
        if (isBlank(c)) { // RFC 9112 §5.1: to be refused in a request, to be removed from a response
            return request ? refuse(400, "blank between a field name and its colon") : to(BLANK);
        }
        return refuse(400, c == '\r' || c == '\n' ? "field line without a colon" : "field name is no token");
    }

    private boolean method(int c) {
        startLine++;
        if (TOKEN[c]) {
            return startLine <= limits.requestLine() || refuse(414, "method too long");
        }
        return c == ' ' ? to(TARGET) : refuse(400, "method is no token");
    }

    private boolean target(int c) {
        startLine++;
        if (c > ' ' && c != 0x7f) {
            matched = 1;
            return startLine <= limits.requestLine()
                    || refuse(414, "request line longer than " + limits.requestLine() + " bytes");
        }
        if (c != ' ' || matched == 0) {
            return refuse(400, "request line is not method, target and version");
        }
        matched = 0;
        return to(VERSION);
    }

    private boolean begin(int c) {
        if (c == '\r') {
            return to(BEGIN_LF);
        }
        startLine = 1;
        if (!request) {
            matched = 0;
            state = VERSION;
            startLine = 0;
            return version(c);
        }
        return TOKEN[c] ? to(METHOD) : refuse(400, c == '\n' ? "bare LF" : "method is no token");
    }

    private boolean version(int c) {
        startLine++;
        if (matched < VERSION_PREFIX.length) {
            if (c == VERSION_PREFIX[matched]) {
                matched++;
                return true;
            }
            return refuse(matched == 5 && c > '1' && c <= '9' ? 505 : 400, "HTTP version");
        }
        matched = 0;
        if (c == '0' || c == '1') {
            return to(request ? LINE_CR : STATUS);
        }
        return refuse(c >= '0' && c <= '9' ? 505 : 400, "HTTP version");
    }

    /** SP 3DIGIT, then SP and a reason, or the end of the line, which many servers send. */
    private boolean status(int c) {
        startLine++;
        boolean good = switch (matched) {
            case 0 -> c == ' ';
            case 1 -> c >= '1' && c <= '9';
            case 2, 3 -> c >= '0' && c <= '9';
            default -> c == ' ' || c == '\r';
        };
        if (!good) {
            return refuse(400, "status line");
        }
        if (matched++ < 4) {
            return true;
        }
        return to(c == ' ' ? REASON : LINE_LF);
    }

    private boolean field(int c) {
        if (c == '\r') {
            return to(END_LF);
        }
        if (isBlank(c)) {
            return refuse(400, fields == 0 ? "blank before the first field" : "obs-fold");
        }
        if (!TOKEN[c]) {
            return refuse(400, c == '\n' ? "bare LF" : "field name is no token");
        }
        return ++fields <= limits.fields() ? to(NAME) : refuse(431, "more than " + limits.fields() + " field lines");
    }

    private boolean control(int c) {
        return refuse(400, c == '\n' ? "bare LF" : c == 0 ? "NUL" : "control character");
    }

    private boolean to(int next) {
        state = next;
        return true;
    }

    private boolean refuse(int status, String rule) {
        fault = new Fault(status, rule);
        return false;
    }
}
