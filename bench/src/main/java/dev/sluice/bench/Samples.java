package dev.sluice.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What one program measured, by metric, over the rounds; and the table of all of them. One thread. */
final class Samples {
    /** program, then metric, then one value a round. */
    private final Map<String, Map<String, double[]>> all = new LinkedHashMap<>();

    void add(String program, String metric, double value) {
        all.computeIfAbsent(program, p -> new LinkedHashMap<>()).merge(metric, new double[]{value}, Samples::join);
    }

    private static double[] join(double[] a, double[] b) {
        double[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    /** A Markdown table: for each metric and program the median [min-max], and the ratio of Sluice's median to the program's. */
    String table(String ours) {
        StringBuilder out = new StringBuilder("| metric | program | median | spread | sluice / it |\n|---|---|---|---|---|\n");
        Map<String, double[]> mine = all.getOrDefault(ours, Map.of());
        all.values().stream().flatMap(m -> m.keySet().stream()).distinct().forEach(metric -> all.forEach((program, metrics) -> {
            double[] values = metrics.get(metric);
            if (values != null) {
                double[] own = mine.get(metric);
                String ratio = own == null || program.equals(ours) ? "" : format(median(own) / median(values)) + "x";
                out.append(String.format(Locale.ROOT, "| %s | %s | %s | %s-%s | %s |%n", metric, program, format(median(values)),
                        format(Arrays.stream(values).min().orElse(0)), format(Arrays.stream(values).max().orElse(0)), ratio));
            }
        }));
        return out.toString();
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static String format(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f", value);
    }
}
