package dev.sluice.app.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Another type, whose values remember where they were written. */
record PlacedType<T>(Type<T> type) implements Type<Placed<T>> {

    @Override
    public @Nullable Placed<T> read(Node node, Reading in) {
        T value = type.read(node, in);
        return value == null ? null : new Placed<>(value, Reading.place(node));
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
    public Placed<T> parse(String text) {
        return new Placed<>(type.parse(text), Place.of("default"));
    }
}
