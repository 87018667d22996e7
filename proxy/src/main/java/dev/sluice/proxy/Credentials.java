package dev.sluice.proxy;

/**
 * A name and a password for the next proxy. Immutable; any thread.
 *
 * @param user the name
 * @param password the secret; never printed
 */
public record Credentials(String user, String password) {
    @Override
    public String toString() {
        return user + ":***";
    }
}
