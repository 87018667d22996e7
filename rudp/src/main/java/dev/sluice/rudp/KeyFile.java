package dev.sluice.rudp;

import dev.sluice.rudp.protocol.crypto.StaticKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;

/** The static key that an end keeps between runs, in a file that only its owner can read. Reads and writes files: not on an event loop. */
final class KeyFile {
    private KeyFile() {}

    /** The key of this file, made and written there where there is none. */
    static StaticKey read(Path file) throws IOException {
        try {
            return parse(file);
        } catch (NoSuchFileException e) {
            Path parent = file.toAbsolutePath().getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                write(file, StaticKey.generate());
            } catch (FileAlreadyExistsException raced) {
                // another process was faster: its key it is
            }
            return parse(file);
        }
    }

    private static StaticKey parse(Path file) throws IOException {
        String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            StaticKey key = StaticKey.of(bytes);
            Arrays.fill(bytes, (byte) 0);
            return key;
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " does not hold a key", e);
        }
    }

    /** Complete or not at all: a process that is killed meanwhile leaves no half of a key. */
    private static void write(Path file, StaticKey key) throws IOException {
        byte[] bytes = key.privateBytes();
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "\n";
        Arrays.fill(bytes, (byte) 0);
        Path parent = file.toAbsolutePath().getParent();
        Path fresh = Files.createTempFile(parent, "key", ".tmp", ownerOnly());
        try {
            Files.writeString(fresh, text, StandardCharsets.US_ASCII);
            Files.createLink(file, fresh);
        } catch (UnsupportedOperationException e) {
            Files.writeString(file, text, StandardCharsets.US_ASCII, StandardOpenOption.CREATE_NEW);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
                : new FileAttribute<?>[0];
    }
}
