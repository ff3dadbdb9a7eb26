package io.steamgate.edge.link;

/**
 * A device that cannot be opened or used as configured: the operator's error, told in one line that says what to change.
 * What the network does is never an exception.
 */
public final class LinkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LinkException(String message) {
        super(message);
    }

    public LinkException(String message, Throwable cause) {
        super(message, cause);
    }
}
