package dev.sluice.core;

import java.net.InetAddress;

/** Reads the legal forms of a host and of a port; {@link Host} says which these are. */
final class HostNames {
    private static final int MAX_NAME = 253;
    private static final int MAX_LABEL = 63;
    private static final int QUOTED = 80;

    private HostNames() {}

    static Host parse(String text) {
        if (text.startsWith("[")) {
            if (!text.endsWith("]")) {
                throw invalid("host " + quote(text) + " has an opening bracket without a closing one at its end");
            }
            return bracketed(text.substring(1, text.length() - 1));
        }
        if (text.indexOf(':') >= 0) {
            return new Host.Address(Addresses.parseIpv6(text));
        }
        String ascii = toAscii(text);
        return endsInNumber(ascii) ? new Host.Address(ipv4(ascii)) : new Host.Name(ascii);
    }

    private static Host bracketed(String text) {
        if (text.indexOf(':') < 0) {
            throw invalid("host " + quote("[" + text + "]") + " is not an IPv6 address; only those stand in brackets");
        }
        int percent = text.indexOf("%25");
        boolean encoded = percent >= 0 && text.length() > percent + 3; // [fe80::1%25] is zone 25, as curl has it
        return new Host.Address(
                Addresses.parseIpv6(encoded ? text.substring(0, percent + 1) + text.substring(percent + 3) : text));
    }

    /** Lower case, A-labels, no trailing dot; refuses what looks like an address. */
    static String canonicalName(String text) {
        String ascii = toAscii(text);
        if (endsInNumber(ascii)) {
            throw invalid(quote(text) + " is an address or looks like one, where a name is needed");
        }
        return ascii;
    }

    private static String toAscii(String text) {
        boolean canonical = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return checked(Idna.toAscii(text), text);
            }
            canonical &= c < 'A' || c > 'Z';
        }
        return checked(canonical ? text : lower(text), text);
    }

    private static String lower(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            if (chars[i] >= 'A' && chars[i] <= 'Z') {
                chars[i] = (char) (chars[i] | 0x20);
            }
        }
        return new String(chars);
    }

    /** Checks {@code ascii}, which is in lower case already, and drops its trailing dot. */
    private static String checked(String ascii, String original) {
        int end = ascii.endsWith(".") ? ascii.length() - 1 : ascii.length();
        if (end == 0) {
            throw invalid("host name " + quote(original) + " is empty; 1 to 253 characters are allowed");
        }
        if (end > MAX_NAME) {
            throw invalid("host name has " + end + " characters; 1 to 253 are allowed");
        }
        int label = 0;
        for (int i = 0; i < end; i++) {
            char c = ascii.charAt(i);
            if (c == '.') {
                checkLabel(i - label, original);
                label = i + 1;
            } else if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_') {
                throw invalid("host name " + quote(original) + " has " + describe(c)
                        + "; letters, digits, hyphens, underscores and dots are allowed");
            }
        }
        checkLabel(end - label, original);
        return end == ascii.length() ? ascii : ascii.substring(0, end);
    }

    private static void checkLabel(int length, String original) {
        if (length == 0) {
            throw invalid("host name " + quote(original) + " has an empty label; each has 1 to 63 characters");
        }
        if (length > MAX_LABEL) {
            throw invalid("host name " + quote(original) + " has a label of " + length + " characters; 1 to 63 are allowed");
        }
    }

    private static String describe(char c) {
        return c > ' ' && c < 0x7f ? "'" + c + "'" : String.format("the character U+%04X", (int) c);
    }

    /** The check of that name in the WHATWG URL standard, §3.5. */
    static boolean endsInNumber(String ascii) {
        int start = ascii.lastIndexOf('.') + 1;
        if (ascii.startsWith("0x", start)) {
            for (int i = start + 2; i < ascii.length(); i++) {
                if (Character.digit(ascii.charAt(i), 16) < 0) {
                    return false;
                }
            }
            return true;
        }
        for (int i = start; i < ascii.length(); i++) {
            if (ascii.charAt(i) < '0' || ascii.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static InetAddress ipv4(String text) {
        InetAddress address = Addresses.parseIpv4(text);
        if (address == null) {
            throw invalid(
                    quote(text) + " looks like an IPv4 address but is none; four decimal numbers 0..255 without leading zeros"
                            + " are allowed");
        }
        return address;
    }

    static Destination parseDestination(Network network, String text, int defaultPort) {
        int colon = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        if (colon == 0 && text.startsWith("[")) {
            throw invalid("host " + quote(text) + " has an opening bracket without a closing one");
        }
        if (colon < 0 || colon == text.length()) {
            if (defaultPort == 0) {
                throw invalid("no port in " + quote(text) + "; host:port is needed");
            }
            return new Destination(network, parse(text), defaultPort);
        }
        if (text.charAt(colon) != ':') {
            throw invalid(quote(text) + " has something else than a port after its closing bracket");
        }
        if (text.indexOf(':', colon + 1) >= 0) {
            throw invalid(quote(text) + " has more than one colon; an IPv6 address with a port stands in brackets: [::1]:80");
        }
        return new Destination(network, parse(text.substring(0, colon)), parsePort(text.substring(colon + 1)));
    }

    static int parsePort(String text) {
        int port = text.isEmpty() ? -1 : 0;
        for (int i = 0; i < text.length() && port >= 0 && port <= 65535; i++) {
            char c = text.charAt(i);
            port = c >= '0' && c <= '9' ? 10 * port + (c - '0') : -1;
        }
        if (port < 1 || port > 65535) {
            throw invalid("port " + quote(text) + " is not a number in 1..65535");
        }
        return port;
    }

    /**
     * For messages: short, in quotes, control characters spelled out, so that a hostile name cannot forge log lines. What stands
     * before an {@code @} may be a password that somebody put in the wrong place.
     */
    static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        int at = text.lastIndexOf('@');
        if (at >= 0) {
            quoted.append("***");
        }
        int from = Math.max(at, 0);
        int to = Math.min(text.length(), from + QUOTED);
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x7f) {
                quoted.append(c);
            } else {
                quoted.append(String.format("\\u%04x", (int) c));
            }
        }
        return quoted.append(to < text.length() ? "...\"" : "\"").toString();
    }

    static InvalidDestinationException invalid(String message) {
        return new InvalidDestinationException(message);
    }
}
