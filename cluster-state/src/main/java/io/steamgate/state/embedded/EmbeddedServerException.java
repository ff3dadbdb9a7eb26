package io.steamgate.state.embedded;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The embedded server cannot start; the message says what to change. */
public final class EmbeddedServerException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    public EmbeddedServerException(String message) {
        this(message, null);
    }

    public EmbeddedServerException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
