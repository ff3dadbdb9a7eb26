package io.steamgate.mail.session;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
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

    /** Whom rates are counted for: an IPv4 address, or the /64 of an IPv6 one, since who has one of these has them all. */
    public String ratedText() {
        if (!(address.getAddress() instanceof Inet6Address six)) {
            return addressText();
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(six.getAddress(), 8), 16);
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
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
