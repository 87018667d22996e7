package dev.sluice.app.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A single value, or an object for those who need to say more.
 *
 * @param scalar the short form
 * @param object the long form
 */
record EitherType<T>(Type<? extends T> scalar, Type<? extends T> object) implements Type<T> {

    @Override
    public @Nullable T read(Node node, Reading in) {
        return node instanceof ScalarNode ? scalar.read(node, in) : object.read(node, in);
    }

    @Override
    public Map<String, Object> schema() {
        return Map.of("anyOf", List.of(scalar.schema(), object.schema()));
    }

    @Override
    public String label() {
        return scalar.label() + ", or object";
    }

    @Override
    public T parse(String text) {
        return scalar.parse(text);
    }
}
