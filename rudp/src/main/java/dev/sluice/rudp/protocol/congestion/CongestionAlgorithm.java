package dev.sluice.rudp.protocol.congestion;

/**
 * Which {@link CongestionControl} a connection uses, as configuration and command line say it: {@code bbr}, {@code cubic},
 * {@code vegas} or {@code fixed-rate=BITS}, BITS with the suffixes k, m and g (powers of 1000).
 *
 * @param kind the algorithm
 * @param rate for {@link Kind#FIXED_RATE} bytes per second, otherwise 0
 */
public record CongestionAlgorithm(Kind kind, long rate) {
    /** Model of the path's rate and delay; the default. */
    public static final CongestionAlgorithm BBR = new CongestionAlgorithm(Kind.BBR, 0);
    /** RFC 9438 with HyStart++. */
    public static final CongestionAlgorithm CUBIC = new CongestionAlgorithm(Kind.CUBIC, 0);
    /** Keeps a few packets in the queue. */
    public static final CongestionAlgorithm VEGAS = new CongestionAlgorithm(Kind.VEGAS, 0);

    /** The algorithms. */
    public enum Kind {
        /** {@link CongestionAlgorithm#BBR}. */
        BBR,
        /** {@link CongestionAlgorithm#CUBIC}. */
        CUBIC,
        /** {@link CongestionAlgorithm#VEGAS}. */
        VEGAS,
        /** A rate that the user knows. */
        FIXED_RATE
    }

    /**
     * Reads what was written.
     *
     * @throws IllegalArgumentException with what is wrong and what is allowed
     */
    public static CongestionAlgorithm parse(String text) {
        String prefix = "fixed-rate=";
        if (text.startsWith(prefix)) {
            return new CongestionAlgorithm(Kind.FIXED_RATE, bits(text.substring(prefix.length())) / 8);
        }
        return switch (text) {
            case "bbr" -> BBR;
            case "cubic" -> CUBIC;
            case "vegas" -> VEGAS;
            default -> throw unknown(text);
        };
    }

    /**
     * A controller of this kind for one path.
     *
     * @param datagram bytes of the largest datagram
     */
    public CongestionControl create(int datagram) {
        return switch (kind) {
            case BBR -> new Bbr(datagram);
            case CUBIC -> new Cubic(datagram);
            case VEGAS -> new Vegas(datagram);
            case FIXED_RATE -> new FixedRate(rate, datagram);
        };
    }

    private static long bits(String text) {
        int digits = text.length();
        long unit = 1;
        if (digits > 0) {
            unit = switch (text.charAt(digits - 1)) {
                case 'k', 'K' -> 1_000L;
                case 'm', 'M' -> 1_000_000L;
                case 'g', 'G' -> 1_000_000_000L;
                default -> 1L;
            };
        }
        try {
            double rate = Double.parseDouble(unit == 1 ? text : text.substring(0, digits - 1)) * unit;
            if (rate >= 8_000 && rate <= 1e12) {
                return (long) rate;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw unknown("fixed-rate=" + text);
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException("'" + text
                + "' is not a congestion control: allowed are bbr, cubic, vegas and fixed-rate=BITS (8k to 1000g bits per second)");
    }
}
