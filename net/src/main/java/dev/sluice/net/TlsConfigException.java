package dev.sluice.net;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Certificates or keys that cannot be used. The message names the file and what is wrong with it, in words for the operator. */
public final class TlsConfigException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong with which file. */
    public TlsConfigException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
