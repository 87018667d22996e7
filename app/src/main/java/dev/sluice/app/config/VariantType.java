package dev.sluice.app.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * An object whose key {@code type} says which keys it may hold. Each variant declares the key {@code type}, too.
 *
 * @param what how messages call it: {@code an inbound}
 * @param variants by the value of {@code type}
 */
record VariantType<T>(String what, Map<String, ObjectType<? extends T>> variants) implements Type<T> {

    @Override
    public @Nullable T read(Node node, Reading in) {
        if (!(node instanceof MappingNode mapping)) {
            in.fault(Reading.place(node), what + " is written as keys and values, this is " + ObjectType.kind(node));
            return null;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals("type")) {
                String type = tuple.getValueNode() instanceof ScalarNode value ? value.getValue() : "";
                ObjectType<? extends T> variant = variants.get(type);
                if (variant != null) {
                    return variant.read(node, in);
                }
                in.fault(Reading.place(tuple.getValueNode()), "unknown type '" + type + "' of " + what
                        + DidYouMean.hint(type, variants.keySet()) + " (allowed: " + names() + ")");
                return null;
            }
        }
        in.fault(Reading.place(node), what + " needs the key 'type' (" + names() + ")");
        return null;
    }

    private String names() {
        return String.join(", ", variants.keySet());
    }

    @Override
    public Map<String, Object> schema() {
        List<Object> each = new ArrayList<>();
        variants.values().forEach(v -> each.add(v.schema()));
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("required", List.of("type"));
        schema.put("oneOf", each);
        return schema;
    }

    @Override
    public String label() {
        return "object";
    }
}
