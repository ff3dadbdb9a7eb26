package io.steamgate.edge.wire;

import java.util.Locale;

/**
 * An Ethernet address.
 *
 * @param bits the 48 bits as a big-endian number: 02:00:00:00:00:01 is {@code 0x020000000001L}
 */
public record MacAddress(long bits) {
    public static final MacAddress BROADCAST = new MacAddress(0xFFFF_FFFF_FFFFL);
    public static final MacAddress ZERO = new MacAddress(0);

    /** @throws IllegalArgumentException naming the text when it is not six hexadecimal octets joined by colons */
    public static MacAddress parse(String text) {
        if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
            throw new IllegalArgumentException("'" + text + "' is not a MAC address");
        }
        return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
    }

    /** The group address that carries an IPv4 multicast group (RFC 1112 section 6.4). */
    public static MacAddress ofMulticast(Ipv4Address group) {
        return new MacAddress(0x0100_5E00_0000L | group.bits() & 0x7F_FFFF);
    }

    /** Broadcast counts as multicast: the group bit is set. */
    public boolean isMulticast() {
        return (bits >>> 40 & 1) != 0;
    }

    @Override
    public String toString() {
        String hex = String.format(Locale.ROOT, "%012x", bits);
        return hex.replaceAll("(..)(?!$)", "$1:");
    }
}
