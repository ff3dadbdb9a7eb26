package io.steamgate.edge.follow;

/** Alerts the edge sends before any key is agreed (RFC 8446 section 6). */
enum TlsAlert {
    UNEXPECTED_MESSAGE(10),
    RECORD_OVERFLOW(22),
    ILLEGAL_PARAMETER(47),
    DECODE_ERROR(50),
    PROTOCOL_VERSION(70),
    INTERNAL_ERROR(80),
    UNRECOGNIZED_NAME(112);

    private static final int FATAL = 2;

    private final int code;

    TlsAlert(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** A fatal alert in a record of its own, as every version since SSL 3.0 reads it. */
    byte[] bytes() {
        return new byte[] {21, 3, 3, 0, 2, FATAL, (byte) code};
    }
}
