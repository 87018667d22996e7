package dev.sluice.app.config;

/**
 * A password or a token. Its text never shows in logs, {@code toString} or error texts: only {@link #reveal} gives it, to the
 * code that must send or check it.
 */
public final class Secret {
    private final String text;

    /** Hides {@code text}. */
    public Secret(String text) {
        this.text = text;
    }

    /** The text itself. Never print it. */
    public String reveal() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret s && s.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
