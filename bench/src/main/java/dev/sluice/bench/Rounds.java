package dev.sluice.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who takes part in a comparison, and how often everybody has a turn. Progress goes to standard error.
 *
 * @param counted the rounds whose figures count
 * @param warmUp the rounds before them that only warm up
 * @param only the names that were asked for; empty for all
 */
record Rounds(int counted, int warmUp, List<String> only) {

    /** One round: everybody's turn. */
    @FunctionalInterface
    interface Round {
        /** Takes the turns; the figures count or not. */
        void take(boolean counted) throws Exception;
    }

    /** As {@code --rounds}, {@code --warm-up} and {@code --only} say; five rounds, where nothing is said. */
    static Rounds of(Map<String, String> options, int warmUp) {
        return new Rounds(Integer.parseInt(options.getOrDefault("rounds", "5")),
                Integer.parseInt(options.getOrDefault("warm-up", Integer.toString(warmUp))),
                options.containsKey("only") ? List.of(options.get("only").split(",", -1)) : List.of());
    }

    /** The same without a warm-up. */
    Rounds cold() {
        return new Rounds(counted, 0, only);
    }

    /** One round that counts. */
    Rounds once() {
        return new Rounds(1, 0, only);
    }

    /** Those of {@code all} that were asked for and are there; who is not there is named. */
    <T extends Contestant> List<T> present(List<T> all) {
        List<T> present = new ArrayList<>();
        for (T one : all) {
            if (only.isEmpty() || only.contains(one.name())) {
                String missing = one.missing();
                if (missing == null) {
                    present.add(one);
                } else {
                    System.err.println("skipped: " + one.name() + " (" + missing + " not found)");
                }
            }
        }
        return present;
    }

    /** Takes all rounds, the warm-up first. */
    void run(Round round) throws Exception {
        for (int i = 1 - warmUp; i <= counted; i++) {
            System.err.println(i <= 0 ? "warming up" : "round " + i + " of " + counted);
            round.take(i > 0);
        }
    }
}
