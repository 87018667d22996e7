package dev.sluice.http;

/** Reads {@code Content-Length = 1*DIGIT} (RFC 9110 §8.6), without overflow. */
final class Http1Length {
    private static final int MAX_DIGITS = 18; // fits in a long

    private Http1Length() {}

    static long parse(String text) throws RefusedException {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            throw new RefusedException(Refusal.malformed(400, "Content-Length"));
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new RefusedException(Refusal.malformed(400, "Content-Length"));
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
