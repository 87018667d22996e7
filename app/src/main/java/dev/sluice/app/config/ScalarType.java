package dev.sluice.app.config;

import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A single value. Its text is what counts, after <code>${...}</code> was replaced: whether it stands in quotes does not matter.
 *
 * @param label a word or two for the table of keys
 * @param schema the JSON Schema
 * @param secret whether faults must not repeat the text
 * @param reader makes the value of its text, or throws {@link IllegalArgumentException} with what is wrong and what is allowed
 */
record ScalarType<T>(String label, Map<String, Object> schema, boolean secret, BiFunction<String, Reading, T> reader)
        implements
            Type<T> {

    /** A type whose text may be shown. */
    static <T> ScalarType<T> of(String label, Map<String, Object> schema, java.util.function.Function<String, T> reader) {
        return new ScalarType<>(label, schema, false, (text, in) -> reader.apply(text));
    }

    @Override
    public @Nullable T read(Node node, Reading in) {
        Place place = Reading.place(node);
        if (!(node instanceof ScalarNode scalar) || Reading.isNull(node)) {
            in.fault(place, "a single value (" + label + ") is expected here, this is " + ObjectType.kind(node));
            return null;
        }
        String text = in.substitute(scalar.getValue(), place);
        if (text == null) {
            return null;
        }
        try {
            return reader.apply(text, in);
        } catch (IllegalArgumentException e) {
            in.fault(place, wrong(e));
            return null;
        }
    }

    private String wrong(IllegalArgumentException e) {
        String message = e.getMessage();
        return message == null ? "this is no " + label : message;
    }

    @Override
    public T parse(String text) {
        return reader.apply(text, new Reading(java.nio.file.Path.of(""), Map.of()));
    }
}
