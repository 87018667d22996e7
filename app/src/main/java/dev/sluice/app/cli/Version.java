package dev.sluice.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which Sluice this is. */
final class Version {
    private Version() {}

    /** {@code sluice 0.1.0 (Java 25.0.3, Linux amd64)}. */
    static String text() {
        return "sluice " + number() + " (Java " + Runtime.version().feature() + "." + Runtime.version().interim() + "."
                + Runtime.version().update() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ")";
    }

    private static String number() {
        try (InputStream in = Version.class.getResourceAsStream("/dev/sluice/app/version.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
