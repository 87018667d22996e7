package dev.sluice.app.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * An object with declared keys. Unknown, doubled and missing keys are faults; so is everything that its build function finds.
 *
 * @param what how messages call it: {@code an http outbound}
 * @param keys what it may hold
 * @param ignored prefix of keys that are passed over, empty for none
 * @param build makes the model of it; may report more faults
 */
record ObjectType<T>(String what, List<Key<?>> keys, String ignored, Function<Values, T> build) implements Type<T> {

    ObjectType(String what, List<Key<?>> keys, Function<Values, T> build) {
        this(what, keys, "", build);
    }

    @Override
    public @Nullable T read(Node node, Reading in) {
        if (!(node instanceof MappingNode mapping)) {
            in.fault(Reading.place(node), what + " is written as keys and values, this is " + kind(node) + "; keys: " + names());
            return null;
        }
        Map<String, Values.Held> held = new LinkedHashMap<>();
        Map<String, Place> seen = new LinkedHashMap<>();
        Set<String> mistyped = new HashSet<>();
        for (NodeTuple tuple : mapping.getValue()) {
            readEntry(tuple, held, seen, mistyped, in);
        }
        Place place = Reading.place(node);
        for (Key<?> key : keys) {
            if (key.required() && !seen.containsKey(key.name()) && !mistyped.contains(key.name())) {
                in.fault(place, what + " needs the key '" + key.name() + "' (" + key.type().label() + ")");
            }
        }
        try {
            return build.apply(new Values(in, place, held));
        } catch (Values.IncompleteException e) {
            if (in.faults().isEmpty()) {
                throw new IllegalStateException(what + " cannot be built, and nobody said why", e);
            }
            return null;
        }
    }

    private void readEntry(NodeTuple tuple, Map<String, Values.Held> held, Map<String, Place> seen, Set<String> mistyped,
            Reading in) {
        Node keyNode = tuple.getKeyNode();
        if (!in.admit(keyNode)) {
            return;
        }
        if (!(keyNode instanceof ScalarNode scalar)) {
            in.fault(Reading.place(keyNode), "a key must be a word; keys: " + names());
            return;
        }
        String name = scalar.getValue();
        Place first = seen.putIfAbsent(name, Reading.place(keyNode));
        if (first != null) {
            in.fault(Reading.place(keyNode), "the key '" + name + "' is written twice, first at line " + first.line());
            return;
        }
        Key<?> key = key(name);
        if (key == null) {
            if (ignored.isEmpty() || !name.startsWith(ignored)) {
                String meant = DidYouMean.nearest(name, keys.stream().map(Key::name).toList());
                if (meant != null) {
                    mistyped.add(meant);
                }
                in.fault(Reading.place(keyNode), "unknown key '" + name + "' in " + what
                        + DidYouMean.hint(name, keys.stream().map(Key::name).toList()) + " (allowed: " + names() + ")");
            }
            return;
        }
        Node value = tuple.getValueNode();
        if (Reading.isNull(value)) {
            in.fault(Reading.place(keyNode), "the key '" + name + "' has no value: give it one (" + key.type().label()
                    + ") or remove it");
            held.put(name, new Values.Held(null, Reading.place(keyNode)));
            return;
        }
        held.put(name, new Values.Held(in.admit(value) ? key.type().read(value, in) : null, Reading.place(value)));
    }

    private @Nullable Key<?> key(String name) {
        for (Key<?> key : keys) {
            if (key.name().equals(name)) {
                return key;
            }
        }
        return null;
    }

    private String names() {
        return keys.stream().map(Key::name).collect(Collectors.joining(", "));
    }

    static String kind(Node node) {
        return switch (node.getNodeType()) {
            case MAPPING -> "an object (keys and values)";
            case SEQUENCE -> "a list";
            case SCALAR -> Reading.isNull(node) ? "empty" : "a single value";
            default -> "something else";
        };
    }

    @Override
    public Map<String, Object> schema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<Object> needed = new ArrayList<>();
        for (Key<?> key : keys) {
            Map<String, Object> property = new LinkedHashMap<>(key.type().schema());
            property.put("description", key.doc());
            String fallback = key.fallback();
            if (fallback != null) {
                property.put("default", fallback);
            }
            properties.put(key.name(), property);
            if (key.required()) {
                needed.add(key.name());
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        if (!needed.isEmpty()) {
            schema.put("required", needed);
        }
        if (!ignored.isEmpty()) {
            schema.put("patternProperties", Map.of("^" + ignored, Map.of()));
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    @Override
    public String label() {
        return "object";
    }

    /** All defaults: what holds where the object is absent. */
    T defaults() {
        return build.apply(new Values(new Reading(java.nio.file.Path.of(""), Map.of()), Place.of("defaults"), Map.of()));
    }

    @Override
    public T parse(String text) {
        return defaults();
    }
}
