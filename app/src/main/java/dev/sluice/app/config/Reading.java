package dev.sluice.app.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One pass over one file: where it is, what was found wrong in it so far, and which names it declares. One thread.
 *
 * <p>The number of nodes that are looked at is bounded, so that aliases which repeat each other cannot be used to exhaust us.
 */
final class Reading {
    private static final int MAX_NODES = 1_000_000;

    private final Substitution substitution;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, Map<String, Place>> declared = new HashMap<>();
    private final List<Reference> references = new ArrayList<>();
    private final Map<String, Map<String, Place>> further = new HashMap<>();
    private int nodes;

    /** A name that stands for something declared elsewhere. */
    record Reference(String kind, Placed<String> name) {}

    /** A pass over a file; relative paths in it start at {@code directory}. */
    Reading(Path directory, Map<String, String> environment) {
        this.substitution = new Substitution(directory, environment);
    }

    /** Where {@code node} begins. */
    static Place place(Node node) {
        return place(node.getStartMark().orElse(null));
    }

    /** The same for a mark; {@link OptionNodes} marks what comes from the command line with line -1. */
    static Place place(@Nullable Mark mark) {
        return mark == null ? Place.of("configuration") : new Place(mark.getName(), mark.getLine() + 1, mark.getColumn() + 1);
    }

    /** Something is wrong. */
    void fault(Place place, String message) {
        Fault fault = new Fault(place, message);
        if (!faults.contains(fault)) {
            faults.add(fault);
        }
    }

    /** Counts a node; false once there are too many, which is reported once. */
    boolean admit(Node node) {
        nodes++;
        if (nodes == MAX_NODES) {
            fault(place(node), "too large: more than " + MAX_NODES + " values, aliases counted as often as they are used");
        }
        return nodes < MAX_NODES;
    }

    /** Declares a name of a kind ({@code outbound}); a second one of the same name is a fault. */
    void declare(String kind, Placed<String> name) {
        Place first = declared.computeIfAbsent(kind, k -> new HashMap<>()).putIfAbsent(name.value(), name.place());
        if (first != null) {
            fault(name.place(), "the " + kind + " '" + name.value() + "' is declared twice, first at line " + first.line());
        }
    }

    /** A name of a kind that may be referred to, and need not be the only one: a user of one inbound. */
    void knows(String kind, Placed<String> name) {
        further.computeIfAbsent(kind, k -> new HashMap<>()).putIfAbsent(name.value(), name.place());
    }

    /** All names of a kind that may be referred to. */
    Set<String> names(String kind) {
        Set<String> names = new TreeSet<>(declared(kind).keySet());
        names.addAll(further.getOrDefault(kind, Map.of()).keySet());
        return names;
    }

    /** Something is named that must be declared somewhere; {@link Checks} sees to it when all is read. Null is nothing. */
    void refer(String kind, @Nullable Placed<String> name) {
        if (name != null) {
            references.add(new Reference(kind, name));
        }
    }

    /** What was referred to. */
    List<Reference> references() {
        return references;
    }

    /** The names of a kind. */
    Map<String, Place> declared(String kind) {
        return declared.getOrDefault(kind, Map.of());
    }

    /** Puts values of the environment and of files in their places; null where one is missing, which was reported. */
    @Nullable
    String substitute(String text, Place place) {
        return substitution.apply(text, place, this);
    }

    /** The text of a secret, which may be written {@code env:NAME} or {@code file:PATH}. */
    String secretText(String text) {
        if (!text.startsWith("env:") && !text.startsWith("file:")) {
            return text;
        }
        try {
            String found = substitution.lookUp(text);
            if (found.isEmpty()) {
                throw new IllegalArgumentException("the secret that '" + text + "' refers to is empty");
            }
            return found;
        } catch (Substitution.MissingException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** The files whose contents are values of the configuration. */
    List<Path> valueFiles() {
        return List.copyOf(substitution.files());
    }

    /** A path as the file means it: relative to the directory of the file. */
    Path path(String text) {
        return substitution.path(text);
    }

    /** What was found wrong, in the order of the file. */
    List<Fault> faults() {
        if (faults.isEmpty()) {
            return List.of(); // the usual case; what follows would cost a start 50 ms, because its lambdas are made at run time
        }
        return faults.stream()
                .sorted(Comparator.comparingInt((Fault f) -> f.place().line()).thenComparingInt(f -> f.place().column()))
                .toList();
    }

    static boolean isNull(Node node) {
        return Tag.NULL.equals(node.getTag());
    }
}
