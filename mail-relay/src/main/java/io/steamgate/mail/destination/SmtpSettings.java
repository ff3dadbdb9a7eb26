package io.steamgate.mail.destination;

import java.time.Duration;

/**
 * How SMTP servers are spoken to.
 *
 * @param hostname this relay's name in EHLO
 * @param introduction how a server learns who the client is
 * @param connect bound on the TCP connection to one server
 * @param envelope bound from a recipient to its answer, over all servers that are tried (RFC 5321 §4.5.3.2.3)
 * @param data bound on the answer to DATA (§4.5.3.2.4)
 * @param block bound on the server taking a block of content (§4.5.3.2.5)
 * @param message bound on the answer to the end of the content (§4.5.3.2.6)
 * @param idle how long a connection waits for another message
 * @param idleConnections kept per server and event loop
 * @param messages at most on one connection
 */
public record SmtpSettings(
        String hostname,
        Introduction introduction,
        Duration connect,
        Duration envelope,
        Duration data,
        Duration block,
        Duration message,
        Duration idle,
        int idleConnections,
        int messages) {}
