package dev.sluice.app.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What is seen of a file without reading it. Symbolic links are followed on every look, so that a link that is turned to another
 * directory (as Kubernetes does) shows, as does a file that an editor puts in another's place.
 *
 * @param modified when it was written last
 * @param size bytes
 * @param key the inode, where there is one
 */
record FileStamp(FileTime modified, long size, @Nullable Object key) {

    /** A look at {@code file}; null where it is not there. */
    static @Nullable FileStamp of(Path file) {
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(a.lastModifiedTime(), a.size(), a.fileKey());
        } catch (IOException e) {
            return null;
        }
    }
}
