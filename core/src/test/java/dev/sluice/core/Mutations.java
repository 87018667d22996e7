package dev.sluice.core;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Seeds as they are, then seeded mutations of them; a failure names its seed and input. */
final class Mutations {
    private static final String TELLING = "\0\r\n\t .:%[]/#@-+*019afx~\u00fc\u3002\uff11\ud83d\u0301";

    private Mutations() {}

    static void run(List<String> seeds, int runs, Consumer<byte[]> target) {
        seeds.forEach(s -> one(target, s.getBytes(StandardCharsets.UTF_8), "a seed"));
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < runs; i++) {
            StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
                edit(text, seeds, random);
            }
            one(target, text.toString().getBytes(StandardCharsets.UTF_8), "-Dfuzz.seed=" + seed + " run " + i);
        }
    }

    private static void edit(StringBuilder text, List<String> seeds, Random random) {
        int at = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), at + 1 + random.nextInt(4));
        char c = random.nextInt(8) == 0 ? (char) random.nextInt(0x10000) : TELLING.charAt(random.nextInt(TELLING.length()));
        switch (random.nextInt(5)) {
            case 0 -> text.insert(at, c);
            case 1 -> text.delete(at, to);
            case 2 -> text.replace(at, Math.min(text.length(), at + 1), String.valueOf(c));
            case 3 -> text.insert(at, text.substring(at, to).repeat(1 + random.nextInt(40)));
            default -> text.insert(at, seeds.get(random.nextInt(seeds.size())));
        }
    }

    private static void one(Consumer<byte[]> target, byte[] input, String name) {
        try {
            target.accept(input);
        } catch (RuntimeException | AssertionError e) {
            throw new AssertionError(name + ": " + new String(input, StandardCharsets.UTF_8), e);
        }
    }
}
