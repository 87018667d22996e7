package dev.sluice.app.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Writes the nodes that a file would have had, for what was said on the command line: then both are read in one way. */
final class Nodes {
    private final java.util.Optional<Mark> mark;

    /** Nodes whose faults are reported at {@code place}, such as {@code --listen mixed://127.0.0.1:8088}. */
    Nodes(String place) {
        this.mark = java.util.Optional.of(new Mark(place, 0, -1, -1, new int[0], 0));
    }

    /** A value; its text is taken as it is. */
    ScalarNode scalar(String text) {
        return new ScalarNode(Tag.STR, true, text.replace("${", "$${"), ScalarStyle.PLAIN, mark, mark);
    }

    SequenceNode list(List<? extends Node> items) {
        return new SequenceNode(Tag.SEQ, true, new ArrayList<>(items), FlowStyle.FLOW, mark, mark);
    }

    MappingNode object() {
        return new MappingNode(Tag.MAP, true, new ArrayList<>(), FlowStyle.FLOW, mark, mark);
    }

    /** Adds a key to {@code object}. */
    MappingNode put(MappingNode object, String key, Node value) {
        object.getValue().add(new NodeTuple(scalar(key), value));
        return object;
    }

    /** The object under {@code key}, which is made where it is missing. */
    MappingNode within(MappingNode object, String key) {
        if (find(object, key) instanceof MappingNode inner) {
            return inner;
        }
        MappingNode inner = object();
        put(object, key, inner);
        return inner;
    }

    /** What stands under {@code key}; null where nothing does. */
    static @Nullable Node find(MappingNode object, String key) {
        for (NodeTuple tuple : object.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
                return tuple.getValueNode();
            }
        }
        return null;
    }

    /** Takes {@code key} away. */
    static void remove(MappingNode object, String key) {
        object.getValue().removeIf(t -> t.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key));
    }
}
