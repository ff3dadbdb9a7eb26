package io.steamgate.mail.session;

/**
 * Bounds of one connection.
 *
 * @param messageSize octets of a message, as said by SIZE
 * @param recipients accepted recipients of a transaction
 * @param contentLine octets of a line of content, without CRLF
 * @param hops Received lines of a message's header
 * @param errors commands refused with 5xx until the connection is closed
 * @param idleCommands commands between two messages until the connection is closed
 * @param messages transactions of a connection
 * @param authentications failed attempts until the connection is closed
 * @param drain octets of a refused message that are read to its end, so that the client can hear why
 */
public record Limits(
        long messageSize,
        int recipients,
        int contentLine,
        int hops,
        int errors,
        int idleCommands,
        int messages,
        int authentications,
        long drain) {
    /** RFC 5321 §4.5.3.1.4 with room for the extensions that are offered (RFC 1870, RFC 3461, RFC 6531). */
    static final int COMMAND_LINE = 2048;

    /** RFC 4954 §4. */
    static final int AUTH_LINE = 12288;
}
