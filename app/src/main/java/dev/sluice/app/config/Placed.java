package dev.sluice.app.config;

/**
 * A value that remembers where it was written, for checks that need more than the value itself. Two are equal
 * where their values are: a line that was inserted above changes nothing.
 *
 * @param value what was written
 * @param place where
 */
public record Placed<T>(T value, Place place) {
    @Override
    public boolean equals(Object other) {
        return other instanceof Placed<?> p && p.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
