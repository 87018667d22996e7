package dev.sluice.app.config;

import dev.sluice.core.Destination;
import dev.sluice.core.InvalidDestinationException;
import dev.sluice.core.Network;
import dev.sluice.net.CertificatePin;
import dev.sluice.proxy.AccessList;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kinds of single values that the configuration knows, each with its words for what is wrong and what is allowed. */
final class Scalars {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(B|K|M|G|KB|MB|GB|KiB|MiB|GiB)?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Map<String, Object> STRING = Map.of("type", "string");

    static final ScalarType<String> TEXT = ScalarType.of("text", STRING, Scalars::text);
    static final ScalarType<String> NAME_TYPE = ScalarType.of("name", pattern("^" + NAME.pattern() + "$"), Scalars::name);
    static final Type<Placed<String>> PLACED_NAME = new PlacedType<>(NAME_TYPE);
    static final ScalarType<Boolean> BOOLEAN = ScalarType.of("true or false", Map.of("type", "boolean"), Scalars::bool);
    static final ScalarType<Duration> DURATION_TYPE = ScalarType.of("duration", pattern("^\\d+(ms|s|m|h|d)$"), Scalars::duration);
    static final ScalarType<Long> SIZE_TYPE = ScalarType.of("size",
            Map.of("type", List.of("string", "integer"), "pattern", "^\\d+(B|K|M|G|KB|MB|GB|KiB|MiB|GiB)?$"), Scalars::size);
    static final ScalarType<Long> RATE = ScalarType.of("bytes per second",
            Map.of("type", List.of("string", "integer"), "pattern", "^\\d+(B|K|M|G|KB|MB|GB|KiB|MiB|GiB)?(/s)?$"), Scalars::rate);
    static final ScalarType<InetSocketAddress> LISTEN = ScalarType.of("address:port", STRING, Scalars::listen);
    static final ScalarType<Destination> SERVER = ScalarType.of("host:port", STRING, text -> destination(Network.TCP, text));
    static final ScalarType<Destination> SERVER_443 = ScalarType.of("host[:port]", STRING,
            text -> defaultPort(text, 443));
    static final ScalarType<String> LINES = ScalarType.of("lines of text", STRING, text -> text);
    static final ScalarType<InetAddress> ADDRESS = ScalarType.of("IP address", STRING, Scalars::address);
    static final ScalarType<InetSocketAddress> DNS_SERVER = ScalarType.of("IP address[:port]", STRING, Scalars::dnsServer);
    static final ScalarType<String> CIDR = ScalarType.of("CIDR", STRING, Scalars::cidr);
    static final ScalarType<CertificatePin> PIN = ScalarType.of("sha256:HEX", pattern("^sha256:[0-9A-Fa-f:]+$"),
            CertificatePin::parse);
    static final ScalarType<Secret> SECRET = new ScalarType<>("secret", STRING, true, Scalars::secret);
    static final ScalarType<Path> PATH = new ScalarType<>("path", STRING, false, (text, in) -> path(text, in));
    static final ScalarType<Path> READABLE_FILE = new ScalarType<>("file", STRING, false, Scalars::readable);

    private Scalars() {}

    private static Map<String, Object> pattern(String regex) {
        return Map.of("type", "string", "pattern", regex);
    }

    /** Exactly this word: the {@code type} of a variant. */
    static ScalarType<String> word(String word) {
        return ScalarType.of(word, Map.of("const", word), text -> text);
    }

    /** One of the constants of an enum, written in lower case with dashes. */
    static <E extends Enum<E>> ScalarType<E> oneOf(Class<E> type) {
        List<String> words = Arrays.stream(type.getEnumConstants()).map(Scalars::word).toList();
        return ScalarType.of(String.join(", ", words), Map.of("enum", words), text -> {
            for (E constant : type.getEnumConstants()) {
                if (word(constant).equals(text.toLowerCase(Locale.ROOT))) {
                    return constant;
                }
            }
            throw new IllegalArgumentException("'" + text + "' is not known" + DidYouMean.hint(text, words) + " (allowed: "
                    + String.join(", ", words) + ")");
        });
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A whole number within bounds. */
    static ScalarType<Integer> integer(int min, int max) {
        return ScalarType.of("number " + min + ".." + max, Map.of("type", "integer", "minimum", min, "maximum", max),
                text -> number(text, min, max));
    }

    static int number(String text, int min, int max) {
        if (!text.matches("-?\\d{1,18}")) {
            throw new IllegalArgumentException("'" + text + "' is not a whole number (allowed: " + min + ".." + max + ")");
        }
        long value = Long.parseLong(text);
        if (value < min || value > max) {
            throw new IllegalArgumentException(text + " is not in " + min + ".." + max);
        }
        return (int) value;
    }

    static String text(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the text is empty");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the text holds control characters");
        }
        return text;
    }

    static String name(String text) {
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException("'" + text + "' is no name (allowed: up to 63 letters, digits, '.', '_', '-', "
                    + "beginning with a letter or digit)");
        }
        return text;
    }

    static boolean bool(String text) {
        return switch (text) {
            case "true", "True", "TRUE" -> true;
            case "false", "False", "FALSE" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false");
        };
    }

    static Duration duration(String text) {
        Matcher m = DURATION.matcher(text);
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        if (!m.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no duration (allowed: a number with ms, s, m, h or d, as in 500ms, 30s, 2h)");
        }
        long n = Long.parseLong(m.group(1));
        return switch (m.group(2)) {
            case "ms" -> Duration.ofMillis(n);
            case "s" -> Duration.ofSeconds(n);
            case "m" -> Duration.ofMinutes(n);
            case "h" -> Duration.ofHours(n);
            default -> Duration.ofDays(n);
        };
    }

    static long size(String text) {
        Matcher m = SIZE.matcher(text);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text
                    + "' is no size (allowed: a number of bytes, or with K, M, G, KiB, MiB, GiB (1024) or KB, MB, GB (1000))");
        }
        String unit = m.group(2) == null ? "B" : m.group(2);
        long factor = switch (unit) {
            case "K", "KiB" -> 1L << 10;
            case "M", "MiB" -> 1L << 20;
            case "G", "GiB" -> 1L << 30;
            case "KB" -> 1_000;
            case "MB" -> 1_000_000;
            case "GB" -> 1_000_000_000;
            default -> 1;
        };
        return Math.multiplyExact(Long.parseLong(m.group(1)), factor);
    }

    static long rate(String text) {
        return size(text.endsWith("/s") ? text.substring(0, text.length() - 2) : text);
    }

    /** An address to listen on: a literal, {@code localhost}, or {@code *} for every address; port 0 lets the system pick one. */
    static InetSocketAddress listen(String text) {
        String allowed = " (allowed: address:port such as 127.0.0.1:8088, [::1]:8088, localhost:8088, or *:8088 for every address)";
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' has no port" + allowed);
        }
        int port = port(text.substring(colon + 1), 0);
        String host = text.substring(0, colon);
        if (host.equals("*")) {
            return new InetSocketAddress(port);
        }
        if (host.equals("localhost")) {
            return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        }
        boolean brackets = host.startsWith("[") && host.endsWith("]");
        InetAddress address = host.contains(":") && !brackets
                ? null
                : NetUtil.createInetAddressFromIpAddressString(brackets ? host.substring(1, host.length() - 1) : host);
        if (address == null) {
            throw new IllegalArgumentException("'" + host + "' is no address to listen on" + allowed);
        }
        return new InetSocketAddress(address, port);
    }

    static int port(String text, int min) {
        if (!text.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("'" + text + "' is no port (allowed: " + min + "..65535)");
        }
        int port = Integer.parseInt(text);
        if (port < min || port > 65535) {
            throw new IllegalArgumentException("port " + port + " is not in " + min + "..65535");
        }
        return port;
    }

    static Destination destination(Network network, String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' has no port (allowed: host:port, as in example.net:443 or [2001:db8::1]:443)");
        }
        port(text.substring(colon + 1), 1);
        try {
            return Destination.parse(network, text);
        } catch (InvalidDestinationException e) {
            throw new IllegalArgumentException("'" + text + "' is no host:port: " + e.getMessage(), e);
        }
    }

    private static Destination defaultPort(String text, int port) {
        try {
            return Destination.parse(Network.TCP, text, port);
        } catch (InvalidDestinationException e) {
            throw new IllegalArgumentException("'" + text + "' is no host:port: " + e.getMessage(), e);
        }
    }

    static InetAddress address(String text) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(text);
        if (address == null) {
            throw new IllegalArgumentException("'" + text + "' is no IP address");
        }
        return address;
    }

    static InetSocketAddress dnsServer(String text) {
        InetAddress plain = NetUtil.createInetAddressFromIpAddressString(text);
        return plain != null ? new InetSocketAddress(plain, 53) : listen(text);
    }

    /** An address, or a network with the number of its leading bits. */
    static String cidr(String text) {
        AccessList.parse(List.of(text));
        return text;
    }

    /** The text itself, or {@code env:NAME}, or {@code file:PATH}. */
    static Secret secret(String text, Reading in) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the secret is empty");
        }
        return new Secret(in.secretText(text));
    }

    private static Path path(String text, Reading in) {
        if (text.isEmpty() || text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("the path is empty");
        }
        return in.path(text);
    }

    private static Path readable(String text, Reading in) {
        Path path = path(text, in);
        if (!Files.exists(path)) {
            throw new IllegalArgumentException("the file '" + text + "' does not exist" + looked(text, path));
        }
        if (!Files.isRegularFile(path)) {
            throw new IllegalArgumentException("'" + text + "' is no file" + looked(text, path));
        }
        if (!Files.isReadable(path)) {
            throw new IllegalArgumentException("the file '" + text + "' cannot be read: permission denied");
        }
        return path;
    }

    private static String looked(String text, Path path) {
        return path.isAbsolute() && !Path.of(text).isAbsolute() ? " (looked for " + path + ")" : "";
    }
}
