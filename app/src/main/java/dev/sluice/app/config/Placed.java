package dev.sluice.app.config;

/**
 * A value that remembers where it was written, for checks that need more than the value itself.
 *
 * @param value what was written
 * @param place where
 */
public record Placed<T>(T value, Place place) {}
