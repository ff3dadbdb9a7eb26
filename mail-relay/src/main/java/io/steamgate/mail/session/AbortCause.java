package io.steamgate.mail.session;

/** Why a message was given up after its content began. */
public enum AbortCause {
    CLIENT_LOST,
    CLIENT_TIMEOUT,
    TOO_BIG,
    BARE_CR,
    BARE_LF,
    NUL,
    LONG_LINE,
    LOOP,
    /** RSET, or another command, between two BDAT. */
    CHUNKS_GIVEN_UP,
    DESTINATION_LOST,
    DESTINATION_TIMEOUT,
    DESTINATION_REFUSED,
    POLICY,
    SHUTDOWN
}
