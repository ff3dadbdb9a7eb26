package io.steamgate.edge.app;

/** The edge cannot start as it is configured. The message is one line that says what to change. */
public final class OperatorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public OperatorException(String message) {
        super(message);
    }
}
