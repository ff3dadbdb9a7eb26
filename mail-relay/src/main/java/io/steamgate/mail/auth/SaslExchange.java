package io.steamgate.mail.auth;

import io.steamgate.mail.session.SaslAnswer;
import java.util.Optional;

/** One exchange of a SASL mechanism (RFC 4422), the server's side. */
public interface SaslExchange {
    /**
     * Deals with the client's next response; takes milliseconds of CPU where a password is checked.
     *
     * @param response empty if the client began without one
     */
    SaslAnswer respond(Optional<byte[]> response);
}
