package dev.sluice.anytls.padding;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.anytls.frame.StringMap;
import dev.sluice.core.ProtocolException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A padding scheme: into records of which sizes the first packets of a session are split, and up to which they are padded.
 *
 * <p>Its text has lines {@code key=value}. {@code stop=N}: from packet N on nothing is padded. {@code N=size,size,...}: the records of
 * packet N; a size is {@code min-max}, drawn from min up to but without max, or {@code c}: stop here where the packet is used up.
 * What is neither is ignored, as are sizes that are not positive. Peers compare schemes by the MD5 of the text, byte by byte.
 *
 * <p>Sizes beyond {@value #MAX_SIZE} are cut to that, and a line may not ask for more than {@value #MAX_LINE} bytes: a server must not
 * make its clients send without end. Immutable.
 */
public final class PaddingScheme {
    /** Stands for {@code c} among the sizes. */
    public static final int CHECK = -1;
    /** The largest record. */
    public static final int MAX_SIZE = 65_535;
    /** The longest text: the data of one frame. */
    public static final int MAX_TEXT = 65_535;
    /** What is sent with the authentication must fit one TLS record, hash and length included: some servers read only one. */
    static final int MAX_AUTH = 16_384 - 34;
    private static final int MAX_LINE = 1 << 20;

    private record Size(int min, int max) {}

    private static final Size CHECK_MARK = new Size(CHECK, CHECK);

    /** The scheme that clients begin with. */
    public static final PaddingScheme DEFAULT = defaultScheme();

    private final byte[] text;
    private final String md5;
    private final int stop;
    private final Map<Integer, List<Size>> lines;

    private PaddingScheme(byte[] text, int stop, Map<Integer, List<Size>> lines) {
        this.text = text;
        this.md5 = md5(text);
        this.stop = stop;
        this.lines = lines;
    }

    /**
     * Reads a scheme.
     *
     * @throws ProtocolException where it has no {@code stop}, is too long or asks for too much
     */
    public static PaddingScheme parse(byte[] text) throws ProtocolException {
        if (text.length > MAX_TEXT) {
            throw new ProtocolException("padding scheme: longer than " + MAX_TEXT + " bytes");
        }
        Map<String, String> map = StringMap.parse(text);
        long stop = number(map.getOrDefault("stop", ""));
        if (stop == Long.MIN_VALUE) {
            throw new ProtocolException("padding scheme: 'stop=NUMBER' is missing");
        }
        Map<Integer, List<Size>> lines = new HashMap<>();
        for (Map.Entry<String, String> line : map.entrySet()) {
            long packet = number(line.getKey());
            if (packet >= 0 && packet <= Integer.MAX_VALUE && Long.toString(packet).equals(line.getKey())) {
                lines.put((int) packet, sizes(line.getKey(), line.getValue()));
            }
        }
        return new PaddingScheme(text.clone(), Math.clamp(stop, 0, Integer.MAX_VALUE), Map.copyOf(lines));
    }

    private static List<Size> sizes(String packet, String list) throws ProtocolException {
        List<Size> sizes = new ArrayList<>();
        long total = 0;
        for (String item : list.split(",", -1)) {
            String[] ends = item.split("-", -1);
            if (item.equals("c")) {
                sizes.add(CHECK_MARK);
            } else if (ends.length == 2) {
                long a = Math.min(number(ends[0]), MAX_SIZE);
                long b = Math.min(number(ends[1]), MAX_SIZE);
                if (a > 0 && b > 0) {
                    sizes.add(new Size((int) Math.min(a, b), (int) Math.max(a, b)));
                    total += Math.max(a, b);
                }
            }
        }
        if (total > MAX_LINE) {
            throw new ProtocolException("padding scheme: packet " + packet + " asks for more than " + MAX_LINE + " bytes");
        }
        return List.copyOf(sizes);
    }

    /** A decimal number as Go reads it, with a sign at most; {@code Long.MIN_VALUE} where it is none. */
    private static long number(String text) {
        try {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) > '9') {
                    return Long.MIN_VALUE; // digits of other scripts are none
                }
            }
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return Long.MIN_VALUE;
        }
    }

    /** The text as it came: what is sent to clients, and kept. */
    public byte[] text() {
        return text.clone();
    }

    /** The MD5 of the text in lower-case hex, by which peers compare schemes. */
    public String md5() {
        return md5;
    }

    /** From this packet on nothing is padded. */
    public int stop() {
        return stop;
    }

    /** Draws the sizes of the records of {@code packet}, {@link #CHECK} among them; none where the scheme does not name it. */
    public int[] draw(int packet, RandomGenerator random) {
        List<Size> line = lines.getOrDefault(packet, List.of());
        int[] sizes = new int[line.size()];
        for (int i = 0; i < sizes.length; i++) {
            Size size = line.get(i);
            sizes[i] = size.min == size.max ? size.min : random.nextInt(size.min, size.max);
        }
        return sizes;
    }

    /** Draws how many bytes of padding follow the authentication: the first size of packet 0, if it is one. */
    public int drawAuth(RandomGenerator random) {
        int[] sizes = draw(0, random);
        return sizes.length == 0 || sizes[0] == CHECK ? 0 : Math.min(sizes[0], MAX_AUTH);
    }

    private static PaddingScheme defaultScheme() {
        String text = """
                stop=8
                0=30-30
                1=100-400
                2=400-500,c,500-1000,c,500-1000,c,500-1000,c,500-1000
                3=9-9,500-1000
                4=500-1000
                5=500-1000
                6=500-1000
                7=500-1000""";
        try {
            return parse(text.getBytes(UTF_8));
        } catch (ProtocolException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String md5(byte[] text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    @Override
    public String toString() {
        return "padding scheme " + md5;
    }
}
