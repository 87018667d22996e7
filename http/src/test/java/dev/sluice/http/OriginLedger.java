package dev.sluice.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What an origin that knows nothing of Sluice reads from a stream of requests: a second, strict and simple parser, to compare with.
 * Whatever could be understood in two ways is a failure.
 */
final class OriginLedger {
    private final StringBuilder unread = new StringBuilder();
    private final List<String> requests = new ArrayList<>();
    private long bodyLeft; // -1: chunked, between chunks; -2: trailers
    private long chunkLeft;
    private boolean complete = true;
    private boolean upgraded;

    /** Method and path of every head read so far. */
    List<String> requests() {
        return requests;
    }

    /** Whether the last request has been read to its end, and nothing behind it. */
    boolean atRest() {
        return complete && unread.isEmpty();
    }

    /** How many requests have been read whole. */
    int whole() {
        return complete ? requests.size() : requests.size() - 1;
    }

    /** From here on the stream is no HTTP. */
    void upgraded() {
        upgraded = true;
    }

    void read(byte[] bytes) {
        if (upgraded) {
            return;
        }
        unread.append(new String(bytes, StandardCharsets.ISO_8859_1));
        while (step()) {
            // until more is needed
        }
    }

    private boolean step() {
        if (complete) {
            int end = unread.indexOf("\r\n\r\n");
            if (end < 0) {
                return false;
            }
            head(take(end + 4));
        } else if (bodyLeft > 0) {
            int have = (int) Math.min(bodyLeft, unread.length());
            take(have);
            bodyLeft -= have;
            complete = bodyLeft == 0;
            return have > 0;
        } else if (bodyLeft == -1) {
            return chunk();
        } else {
            int line = unread.indexOf("\r\n");
            if (line < 0) {
                return false;
            }
            complete = take(line + 2).length() == 2;
        }
        return true;
    }

    private boolean chunk() {
        if (chunkLeft > 0) {
            int have = (int) Math.min(chunkLeft, unread.length());
            String data = take(have);
            chunkLeft -= have;
            if (chunkLeft == 0 && !data.endsWith("\r\n") && !data.equals("\n")) {
                throw new AssertionError("a chunk does not end where it says");
            }
            return have > 0;
        }
        int line = unread.indexOf("\r\n");
        if (line < 0) {
            return false;
        }
        String size = take(line + 2).strip();
        if (!size.matches("[0-9a-fA-F]{1,8}")) {
            throw new AssertionError("chunk size '" + size + "'");
        }
        long length = Long.parseLong(size, 16);
        chunkLeft = length + 2;
        if (length == 0) {
            bodyLeft = -2;
            chunkLeft = 0;
        }
        return true;
    }

    private String take(int length) {
        String taken = unread.substring(0, length);
        unread.delete(0, length);
        return taken;
    }

    private void head(String text) {
        String[] lines = text.substring(0, text.length() - 4).split("\r\n", -1);
        String[] first = lines[0].split(" ", -1);
        if (first.length != 3 || !first[2].equals("HTTP/1.1") || !first[0].matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw new AssertionError("request line '" + lines[0] + "'");
        }
        long length = -1;
        boolean chunked = false;
        int hosts = 0;
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon <= 0 || !lines[i].substring(0, colon).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")
                    || lines[i].chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 127)) {
                throw new AssertionError("field line '" + lines[i] + "'");
            }
            String name = lines[i].substring(0, colon).toLowerCase(Locale.ROOT);
            String value = lines[i].substring(colon + 1).strip();
            switch (name) {
                case "host" -> hosts++;
                case "content-length" -> {
                    if (length >= 0 || !value.matches("[0-9]{1,18}")) {
                        throw new AssertionError("a second or a bad length: " + text);
                    }
                    length = Long.parseLong(value);
                }
                case "transfer-encoding" -> {
                    if (chunked || !value.equals("chunked")) {
                        throw new AssertionError("transfer-encoding '" + value + "'");
                    }
                    chunked = true;
                }
                default -> {
                }
            }
        }
        if (hosts != 1 || (chunked && length >= 0)) {
            throw new AssertionError("ambiguous: " + text);
        }
        requests.add(first[0] + " " + first[1]);
        bodyLeft = chunked ? -1 : Math.max(0, length);
        chunkLeft = 0;
        complete = bodyLeft == 0;
    }
}
