package dev.sluice.app.config;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The values of one object of the file, by key. Given to the function that builds its model. */
final class Values {

    /**
     * A value with its place.
     *
     * @param value null where it was wrong
     */
    record Held(@Nullable Object value, Place place) {}

    /** A required value is missing or wrong, which was reported: the object cannot be built. */
    static final class IncompleteException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        IncompleteException() {
            super("incomplete", null, false, false);
        }
    }

    private final Reading reading;
    private final Place place;
    private final Map<String, Held> held;

    Values(Reading reading, Place place, Map<String, Held> held) {
        this.reading = reading;
        this.place = place;
        this.held = held;
    }

    /** The value of a key that is required or has a default. */
    <T> T get(Key<T> key) {
        T value = find(key);
        if (value == null) {
            throw new IncompleteException();
        }
        return value;
    }

    /** The value of a key; its default where it is absent; null where it is absent without one, or wrong. */
    @SuppressWarnings("unchecked") // put there by the key's own type
    <T> @Nullable T find(Key<T> key) {
        Held h = held.get(key.name());
        if (h == null) {
            String fallback = key.fallback();
            return fallback == null ? null : key.type().parse(fallback);
        }
        return (T) h.value();
    }

    /** The value of a required key with its place. */
    <T> Placed<T> placed(Key<T> key) {
        return new Placed<>(get(key), place(key));
    }

    /** The value of an optional key with its place. */
    <T> @Nullable Placed<T> findPlaced(Key<T> key) {
        T value = find(key);
        return value == null ? null : new Placed<>(value, place(key));
    }

    /** Whether the key is there, right or wrong. */
    boolean has(Key<?> key) {
        return held.containsKey(key.name());
    }

    /** Where the object begins. */
    Place place() {
        return place;
    }

    /** Where the value of the key stands; where the object begins if it is absent. */
    Place place(Key<?> key) {
        Held h = held.get(key.name());
        return h == null ? place : h.place();
    }

    /** The pass that reads the file. */
    Reading reading() {
        return reading;
    }

    /** Something is wrong with the value of {@code key}. */
    void fault(Key<?> key, String message) {
        reading.fault(place(key), message);
    }
}
