package dev.sluice.app.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** What may stand at a place of the file: a scalar, a list, or an object with keys. Immutable. */
public interface Type<T> {

    /**
     * Reads a node.
     *
     * @return null where it is wrong; then at least one fault was reported to {@code in}
     */
    @Nullable
    T read(Node node, Reading in);

    /** The JSON Schema of it, as maps, lists, strings, numbers and booleans. */
    Map<String, Object> schema();

    /** A word or two for the table of keys: {@code duration}, {@code list of CIDR}. */
    String label();

    /** The value of a default, given in the words of the file. */
    default T parse(String text) {
        throw new IllegalArgumentException("a " + label() + " has no default");
    }
}
