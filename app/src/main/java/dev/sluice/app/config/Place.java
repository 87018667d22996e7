package dev.sluice.app.config;

/**
 * Where something was written: in a file, or on the command line.
 *
 * @param source the file as the user named it, or the option
 * @param line from 1; 0 where there are no lines
 * @param column from 1; 0 where there are no lines
 */
public record Place(String source, int line, int column) {

    /** The whole of {@code source}. */
    public static Place of(String source) {
        return new Place(source, 0, 0);
    }

    /** {@code file:line:column}, as editors and terminals understand it. */
    @Override
    public String toString() {
        return line == 0 ? source : source + ":" + line + ":" + column;
    }
}
