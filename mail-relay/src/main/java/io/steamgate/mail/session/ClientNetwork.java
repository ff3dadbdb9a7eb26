package io.steamgate.mail.session;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Whom bounds count for. Of IPv6 it is always the /64, since who has one address of it has them all.
 *
 * @param prefix its octets in hexadecimal
 */
public record ClientNetwork(String prefix) {
    private static final int OCTETS_OF_IPV4 = 4;
    private static final int OCTETS_OF_A_64 = 8;

    /** An IPv4 address by itself. */
    public static ClientNetwork of(InetAddress address) {
        return of(address, OCTETS_OF_IPV4);
    }

    /** @param octets of an IPv4 address, 3 for its /24 */
    public static ClientNetwork of(InetAddress address, int octets) {
        byte[] all = address.getAddress();
        byte[] network = Arrays.copyOf(all, all.length == OCTETS_OF_IPV4 ? octets : OCTETS_OF_A_64);
        return new ClientNetwork(HexFormat.of().formatHex(network));
    }
}
