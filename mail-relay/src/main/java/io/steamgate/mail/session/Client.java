package io.steamgate.mail.session;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Who is at the other end, as far as it is known now.
 *
 * @param address the client's own, also behind an edge
 * @param local where the client has connected to, also behind an edge
 * @param helo what HELO or EHLO said; empty before
 * @param extended EHLO, not HELO
 * @param tls the TLS in use, as {@code TLSv1.3 cipher}
 * @param user authenticated as
 */
public record Client(
        InetSocketAddress address,
        InetSocketAddress local,
        String helo,
        boolean extended,
        Optional<String> tls,
        Optional<String> user) {
    /** Somebody who has said nothing yet. */
    public static Client unknown(InetSocketAddress address, InetSocketAddress local) {
        return new Client(address, local, "", false, Optional.empty(), Optional.empty());
    }

    public Client withHelo(String name, boolean isExtended) {
        return new Client(address, local, name, isExtended, tls, user);
    }

    public Client withUser(String name) {
        return new Client(address, local, helo, extended, tls, Optional.of(name));
    }

    public Client withTls(String what) {
        return new Client(address, local, "", false, Optional.of(what), Optional.empty());
    }

    /** The address in text, without a zone and without a reverse look-up. */
    public String addressText() {
        return text(address.getAddress());
    }

    /** Whom rates count for. */
    public ClientNetwork network() {
        return ClientNetwork.of(address.getAddress());
    }

    /** The local address in text, without a zone. */
    public String localText() {
        return text(local.getAddress());
    }

    private static String text(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }
}
