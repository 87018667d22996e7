package dev.sluice.app.config;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** What another type reads, seen as something else. */
record MappedType<A, B>(Type<A> type, Function<A, B> view) implements Type<B> {

    @Override
    public @Nullable B read(Node node, Reading in) {
        A value = type.read(node, in);
        return value == null ? null : view.apply(value);
    }

    @Override
    public Map<String, Object> schema() {
        return type.schema();
    }

    @Override
    public String label() {
        return type.label();
    }

    @Override
    public B parse(String text) {
        return view.apply(type.parse(text));
    }
}
