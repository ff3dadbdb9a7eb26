package io.steamgate.mail.session;

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
        boolean xclient) {}
