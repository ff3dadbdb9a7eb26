package io.steamgate.mail.session;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Who is at the other end, as far as it is known now.
 *
 * @param address the client's own, also behind an edge
 * @param helo what HELO or EHLO said; empty before
 * @param extended EHLO, not HELO
 * @param tls the TLS in use, as {@code TLSv1.3 cipher}
 * @param user authenticated as
 */
public record Client(
        InetSocketAddress address, String helo, boolean extended, Optional<String> tls, Optional<String> user) {
    public Client withHelo(String name, boolean isExtended) {
        return new Client(address, name, isExtended, tls, user);
    }

    public Client withUser(String name) {
        return new Client(address, helo, extended, tls, Optional.of(name));
    }

    public Client withTls(String what) {
        return new Client(address, "", false, Optional.of(what), Optional.empty());
    }

    /** The address in text, without a zone and without a reverse look-up. */
    public String addressText() {
        String text = address.getAddress().getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }
}
