package dev.sluice.app.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A list.
 *
 * @param element what stands in it
 * @param orOne whether a single value may stand for a list of one
 */
record ListType<T>(Type<T> element, boolean orOne) implements Type<List<T>> {

    /** A list. */
    static <T> ListType<T> of(Type<T> element) {
        return new ListType<>(element, false);
    }

    /** A list, or a single value without brackets. */
    static <T> ListType<T> orOne(Type<T> element) {
        return new ListType<>(element, true);
    }

    @Override
    public @Nullable List<T> read(Node node, Reading in) {
        if (node instanceof SequenceNode sequence) {
            List<T> values = new ArrayList<>();
            boolean whole = true;
            for (Node item : sequence.getValue()) {
                if (!in.admit(item)) {
                    return null;
                }
                T value = element.read(item, in);
                if (value == null) {
                    whole = false;
                } else {
                    values.add(value);
                }
            }
            return whole || !orOne ? List.copyOf(values) : null;
        }
        if (orOne && node instanceof ScalarNode) {
            T value = element.read(node, in);
            return value == null ? null : List.of(value);
        }
        in.fault(Reading.place(node), "a " + label() + " is expected here, each item on a line with '- ' or all in [ ], this is "
                + ObjectType.kind(node));
        return null;
    }

    @Override
    public Map<String, Object> schema() {
        Map<String, Object> list = Map.of("type", "array", "items", element.schema());
        return orOne ? Map.of("anyOf", List.of(element.schema(), list)) : list;
    }

    @Override
    public String label() {
        return "list of " + element.label();
    }

    @Override
    public List<T> parse(String text) {
        return text.isEmpty() || text.equals("[]") ? List.of() : List.of(element.parse(text));
    }
}
