package dev.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Replays a corpus and seeded mutations of it against a decoder: the short form of fuzzing, for every build. The same target method
 * is a Jazzer entry point for the long form:
 *
 * <pre>{@code
 * class SocksFuzzTest {
 *     @Test
 *     void corpusAndMutations() {
 *         Fuzzing.run(SocksFuzzTest.class, "fuzz/socks", 2_000, SocksFuzzTest::fuzzerTestOneInput);
 *     }
 *
 *     public static void fuzzerTestOneInput(byte[] input) { ... } // throws where the decoder is wrong
 * }
 * }</pre>
 *
 * <p>The corpus is a resource directory, one input per file. A failure prints seed, run and input; {@code -Dfuzz.seed=N} and
 * {@code -Dfuzz.runs=N} repeat or lengthen it.
 */
public final class Fuzzing {
    private static final long SEED = 0x51_1ce;
    private static final int MAX_LENGTH = 4096;
    private static final byte[] TELLING = {0, 1, 4, 5, 0x7f, (byte) 0x80, (byte) 0xff, '\r', '\n', ' ', ':', ',', '0', '9', 'a',
            ';'};

    private final SplittableRandom random;
    private final List<byte[]> corpus;

    private Fuzzing(long seed, List<byte[]> corpus) {
        this.random = new SplittableRandom(seed);
        this.corpus = corpus;
    }

    /** What is fuzzed: takes any bytes, and throws where something is wrong. */
    @FunctionalInterface
    public interface Target {
        /** One input. */
        void accept(byte[] input) throws Exception;
    }

    /**
     * Runs every file of the corpus as it is, then {@code mutations} inputs made from them.
     *
     * @param owner whose class loader and package-less path lead to the corpus
     * @param corpusResourceDir such as {@code fuzz/socks}; must hold at least one file
     */
    public static void run(Class<?> owner, String corpusResourceDir, int mutations, Target target) {
        run(read(owner, corpusResourceDir), mutations, target);
    }

    /** The same with a corpus that is written in the test. */
    public static void run(List<byte[]> corpus, int mutations, Target target) {
        if (corpus.isEmpty()) {
            throw new IllegalArgumentException("an empty corpus tests nothing");
        }
        for (int i = 0; i < corpus.size(); i++) {
            one(target, corpus.get(i).clone(), "corpus input " + i);
        }
        long seed = Long.getLong("fuzz.seed", SEED);
        int runs = Integer.getInteger("fuzz.runs", mutations);
        Fuzzing fuzzing = new Fuzzing(seed, corpus);
        for (int i = 0; i < runs; i++) {
            one(target, fuzzing.next(), "-Dfuzz.seed=" + seed + " run " + i);
        }
    }

    private static void one(Target target, byte[] input, String name) {
        byte[] kept = input.clone();
        try {
            target.accept(input);
        } catch (Exception | Error e) {
            throw new AssertionError("fuzzing failed at " + name + ", input of " + kept.length + " bytes: "
                    + HexFormat.of().formatHex(kept), e);
        }
    }

    private byte[] next() {
        byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
        int steps = 1 + random.nextInt(6);
        for (int i = 0; i < steps; i++) {
            bytes = mutate(bytes);
        }
        return bytes.length > MAX_LENGTH ? Arrays.copyOf(bytes, MAX_LENGTH) : bytes;
    }

    private byte[] mutate(byte[] bytes) {
        if (bytes.length == 0) {
            return insert(bytes, 0, random(1 + random.nextInt(8)));
        }
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
            case 2 -> bytes[at] = (byte) random.nextInt(256);
            case 3 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 4 -> {
                return insert(bytes, at, random(1 + random.nextInt(8)));
            }
            case 5 -> {
                return insert(bytes, at, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 1 + random.nextInt(32))));
            }
            case 6 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(8));
                byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
                System.arraycopy(bytes, end, shorter, at, bytes.length - end);
                return shorter;
            }
            default -> {
                byte[] other = corpus.get(random.nextInt(corpus.size()));
                int from = other.length == 0 ? 0 : random.nextInt(other.length);
                return insert(bytes, at, Arrays.copyOfRange(other, from, other.length));
            }
        }
        return bytes;
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] insert(byte[] bytes, int at, byte[] what) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + what.length);
        System.arraycopy(what, 0, longer, at, what.length);
        System.arraycopy(bytes, at, longer, at + what.length, bytes.length - at);
        return longer;
    }

    private static List<byte[]> read(Class<?> owner, String directory) {
        URL url = owner.getClassLoader().getResource(directory);
        if (url == null) {
            throw new IllegalArgumentException("no resource directory " + directory);
        }
        List<byte[]> corpus = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of(uri(url)))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                try (InputStream in = Files.newInputStream(file)) {
                    corpus.add(in.readAllBytes());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return corpus;
    }

    private static URI uri(URL url) {
        try {
            return url.toURI();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
