package dev.sluice.app.config;

import org.jspecify.annotations.Nullable;

/**
 * One key of an object in the configuration: its name, what may stand there, what it is for, and what holds without it.
 *
 * @param name as it is written, lower case with dashes
 * @param type what may stand there
 * @param required whether it must be there
 * @param fallback what holds without it, as it would be written; null where nothing does
 * @param doc one or two sentences for the schema and the table of keys
 */
public record Key<T>(String name, Type<T> type, boolean required, @Nullable String fallback, String doc) {

    /** A key that must be there. */
    public static <T> Key<T> required(String name, Type<T> type, String doc) {
        return new Key<>(name, type, true, null, doc);
    }

    /** A key that may be absent; read it with {@link Values#find}. */
    public static <T> Key<T> optional(String name, Type<T> type, String doc) {
        return new Key<>(name, type, false, null, doc);
    }

    /** A key with a default, given in the words of the file. */
    public static <T> Key<T> of(String name, Type<T> type, String fallback, String doc) {
        return new Key<>(name, type, false, fallback, doc);
    }

    @Override
    public String toString() {
        return name;
    }
}
