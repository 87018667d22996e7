package dev.sluice.app.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces <code>${env:NAME}</code> and <code>${file:PATH}</code> inside scalars; <code>$${</code> stands for <code>${</code>
 * itself. The same sources serve the short forms {@code env:NAME} and {@code file:PATH} of secrets.
 */
final class Substitution {
    private static final int MAX_FILE = 64 * 1024;

    private final Path directory;
    private final Map<String, String> environment;
    private final Set<Path> files = new LinkedHashSet<>();

    Substitution(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    Path path(String text) {
        return directory.resolve(text).normalize();
    }

    @Nullable
    String apply(String text, Place place, Reading in) {
        if (!text.contains("${")) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        int at = 0;
        while (true) {
            int open = text.indexOf("${", at);
            if (open < 0) {
                return out.append(text, at, text.length()).toString();
            }
            if (open > at && text.charAt(open - 1) == '$') {
                out.append(text, at, open - 1).append("${");
                at = open + 2;
                continue;
            }
            int close = text.indexOf('}', open);
            if (close < 0) {
                in.fault(place, "'${' without '}'; allowed: ${env:NAME}, ${file:PATH}, and $${ for a literal ${");
                return null;
            }
            out.append(text, at, open);
            try {
                out.append(lookUp(text.substring(open + 2, close)));
            } catch (MissingException e) {
                in.fault(place, e.getMessage());
                return null;
            }
            at = close + 1;
        }
    }

    /** The value of {@code env:NAME} or {@code file:PATH}. */
    String lookUp(String reference) throws MissingException {
        if (reference.startsWith("env:")) {
            String name = reference.substring(4);
            String value = environment.get(name);
            if (value == null) {
                throw new MissingException("the environment variable '" + name + "' is not set");
            }
            return value;
        }
        if (reference.startsWith("file:")) {
            return read(reference.substring(5));
        }
        throw new MissingException("'${" + reference + "}' is not known; allowed: ${env:NAME}, ${file:PATH}");
    }

    /** The files that were read, or should have been. */
    Set<Path> files() {
        return files;
    }

    private String read(String name) throws MissingException {
        Path file = path(name);
        files.add(file);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_FILE + 1);
            if (bytes.length > MAX_FILE) {
                throw new MissingException("the file '" + name + "' is larger than 64 KiB");
            }
            return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
        } catch (IOException e) {
            throw new MissingException("the file '" + name + "' cannot be read: " + Reasons.of(e));
        }
    }

    /** A value that is referred to is not there. */
    static final class MissingException extends Exception {
        private static final long serialVersionUID = 1L;

        private final String text;

        MissingException(String text) {
            super(text);
            this.text = text;
        }

        @Override
        public String getMessage() {
            return text;
        }
    }
}
