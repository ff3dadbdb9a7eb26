package io.steamgate.dns.zone;

/** Records that make no zone, or a master file that cannot be read; the message says which line or name. */
public final class ZoneException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ZoneException(String message) {
        super(message);
    }
}
