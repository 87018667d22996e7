package dev.sluice.net.splice;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A pipe of the kernel: what splice(2) moves bytes through. Belongs to the loop whose pool made it.
 *
 * @param readEnd where bytes leave
 * @param writeEnd where bytes enter
 */
public record Pipe(FileDescriptor readEnd, FileDescriptor writeEnd) {

    /** An empty pipe of {@code size} bytes; the kernel may have given it less. */
    static Pipe open(int size) throws IOException {
        FileDescriptor[] ends = FileDescriptor.pipe();
        Pipe pipe = new Pipe(ends[0], ends[1]);
        PipeSize.set(pipe.writeEnd.intValue(), size);
        return pipe;
    }

    /** Bytes that it holds, by the kernel's count of pages. */
    int size() {
        return PipeSize.get(writeEnd.intValue());
    }

    void close() {
        try {
            readEnd.close();
            writeEnd.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a descriptor of ours that is not ours: a fault
        }
    }
}
