package dev.sluice.app.cli;

import dev.sluice.app.config.Overrides;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code run} where it is written plainly, without loading the library that reads everything else: picocli's classes are
 * of a version that the AOT cache does not take, and cost a quarter of the start. Whatever is not plain (help, abbreviations, a
 * mistake) is left to {@link RunCommand}, which is what declares the options.
 *
 * @param file the configuration; null for none
 * @param overrides what the options say
 */
record PlainRun(@Nullable Path file, Overrides overrides) {
    /** Options that may be repeated. */
    private static final Set<String> LISTS = Set.of("--listen", "--via");
    /** Options that are written once. */
    private static final Set<String> SINGLE = Set.of("-c", "--config", "--admin", "--log", "--log-level", "--state-dir");

    /** What {@code args} say; null where they are not plain. */
    static @Nullable PlainRun parse(String[] args) {
        if (args.length == 0 || !args[0].equals("run")) {
            return null;
        }
        Map<String, List<String>> values = new HashMap<>();
        for (int i = 1; i < args.length; i++) {
            int equals = args[i].startsWith("--") ? args[i].indexOf('=') : -1;
            String name = equals < 0 ? args[i] : args[i].substring(0, equals);
            boolean known = LISTS.contains(name) || SINGLE.contains(name);
            if (!known || (equals < 0 && (i + 1 == args.length || args[i + 1].startsWith("-")))) {
                return null;
            }
            String value = equals < 0 ? args[++i] : args[i].substring(equals + 1);
            List<String> all = values.computeIfAbsent(name.equals("-c") ? "--config" : name, n -> new ArrayList<>());
            if (value.isEmpty() || (SINGLE.contains(name) && !all.isEmpty())) {
                return null;
            }
            all.add(value);
        }
        return of(values);
    }

    private static @Nullable PlainRun of(Map<String, List<String>> values) {
        try {
            String file = one(values, "--config");
            return new PlainRun(file == null ? null : Path.of(file),
                    new Overrides(values.getOrDefault("--listen", List.of()), values.getOrDefault("--via", List.of()),
                            one(values, "--admin"),
                            one(values, "--log"), one(values, "--log-level"), one(values, "--state-dir"),
                            Path.of("").toAbsolutePath()));
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static @Nullable String one(Map<String, List<String>> values, String name) {
        List<String> all = values.get(name);
        return all == null ? null : all.getFirst();
    }

    /** The names of all options that are read here, for the test that compares them with the declared ones. */
    static Set<String> names() {
        Set<String> names = new TreeSet<>(LISTS);
        names.addAll(SINGLE);
        return names;
    }
}
