package io.steamgate.mail.session;

import java.util.ArrayList;
import java.util.List;

/**
 * What a listener offers to its clients.
 *
 * @param hostname this relay's name, in greeting and replies
 * @param startTls STARTTLS is offered while TLS is not in use
 * @param tlsRequired nothing but EHLO, NOOP, STARTTLS and QUIT before TLS
 * @param mechanisms SASL mechanisms; none for no AUTH
 * @param authRequired MAIL only after AUTH
 * @param plainAuth AUTH without TLS too
 * @param xclient XCLIENT is offered to this client
 */
public record Terms(
        String hostname,
        boolean startTls,
        boolean tlsRequired,
        List<String> mechanisms,
        boolean authRequired,
        boolean plainAuth,
        boolean xclient) {
    /** Whether AUTH may be used as the connection is now. */
    boolean isAuthPossible(Client client) {
        return plainAuth || client.tls().isPresent();
    }

    /** The lines that answer EHLO, the name first (RFC 5321 §4.1.1.1). */
    List<String> extensions(Client client, long messageSize) {
        List<String> offered = new ArrayList<>(12);
        offered.add(hostname);
        offered.add("PIPELINING");
        offered.add("SIZE " + messageSize);
        if (startTls && client.tls().isEmpty()) {
            offered.add("STARTTLS");
        }
        if (!mechanisms.isEmpty() && isAuthPossible(client)) {
            offered.add("AUTH " + String.join(" ", mechanisms));
        }
        offered.add("8BITMIME");
        offered.add("SMTPUTF8");
        offered.add("CHUNKING");
        offered.add("DSN");
        if (xclient) {
            offered.add("XCLIENT NAME ADDR PORT PROTO HELO LOGIN");
        }
        offered.add("ENHANCEDSTATUSCODES");
        return offered;
    }
}
