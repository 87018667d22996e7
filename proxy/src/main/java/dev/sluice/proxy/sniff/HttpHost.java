package dev.sluice.proxy.sniff;

import dev.sluice.proxy.sniff.FirstBytes.Verdict;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The Host of an HTTP/1.x request (RFC 9112 §3.2). It reads lines and judges nothing else: who serves the request does that. */
final class HttpHost {
    private static final int LONGEST_METHOD = 24;

    private HttpHost() {}

    static Verdict host(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = Math.min(bytes.writerIndex(), at + FirstBytes.MOST);
        if (!methodAt(bytes, at, end)) {
            return Verdict.NONE;
        }
        boolean requestLine = true;
        while (true) {
            int newline = bytes.indexOf(at, end, (byte) '\n');
            if (newline < 0) {
                return Verdict.MORE;
            }
            String line = bytes.toString(at, newline - at, StandardCharsets.ISO_8859_1).stripTrailing();
            at = newline + 1;
            if (requestLine) {
                if (!line.contains(" HTTP/1.")) {
                    return Verdict.NONE;
                }
                requestLine = false;
            } else if (line.isEmpty()) {
                return Verdict.NONE;
            } else if (line.toLowerCase(Locale.ROOT).startsWith("host:")) {
                return FirstBytes.name(withoutPort(line.substring("host:".length()).strip()));
            }
        }
    }

    /** Whether a method may begin here: upper-case letters and a space after them. */
    private static boolean methodAt(ByteBuf bytes, int from, int end) {
        for (int i = from; i < end && i < from + LONGEST_METHOD; i++) {
            int octet = bytes.getByte(i);
            if (octet == ' ' && i > from) {
                return true;
            }
            if ((octet < 'A' || octet > 'Z') && octet != '-' && octet != '_') {
                return false;
            }
        }
        return end - from < LONGEST_METHOD;
    }

    private static @Nullable String withoutPort(String host) {
        if (host.startsWith("[")) {
            return null; // an address
        }
        int colon = host.indexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }
}
