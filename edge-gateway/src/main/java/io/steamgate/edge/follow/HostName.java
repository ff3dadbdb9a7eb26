package io.steamgate.edge.follow;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Host names and {@code host[:port]} as HTTP and TLS carry them, brought to one form: lower case, no port, no final dot.
 * Stricter than the grammar of RFC 3986: of the registered names only what DNS names look like, so that nobody behind us
 * reads another host out of the same octets.
 */
final class HostName {
    /** RFC 1035 section 2.3.4. */
    private static final int LONGEST = 255;

    private static final int LONGEST_LABEL = 63;

    private HostName() {}

    /** The host of {@code host[:port]}; empty if that is malformed. A port is up to five digits or none. */
    static Optional<String> withOptionalPort(byte[] array, int from, int to) {
        int end = endOfHost(array, from, to);
        if (end < to && !(array[end] == ':' && isPort(array, end + 1, to))) {
            return Optional.empty();
        }
        return of(array, from, end);
    }

    /** The host of {@code host:port} as CONNECT has it (RFC 9112 section 3.2.3); empty if malformed. */
    static Optional<String> withPort(byte[] array, int from, int to) {
        int end = endOfHost(array, from, to);
        if (end + 1 >= to) {
            return Optional.empty();
        }
        return withOptionalPort(array, from, to);
    }

    /** A name, an IPv4 address or a bracketed IPv6 address, brought to its form; empty if it is none of them. */
    static Optional<String> of(byte[] array, int from, int to) {
        if (to > from && array[from] == '[') {
            return array[to - 1] == ']' && isIpv6(array, from + 1, to - 1)
                    ? Optional.of(lowerCase(array, from, to))
                    : Optional.empty();
        }
        int end = to > from && array[to - 1] == '.' ? to - 1 : to;
        return isName(array, from, end) ? Optional.of(lowerCase(array, from, end)) : Optional.empty();
    }

    /** Whether [from, to) is a dotted quad: four decimal numbers and nothing else. */
    static boolean isIpv4(byte[] array, int from, int to) {
        int numbers = 0;
        int at = from;
        while (at < to && numbers < 4) {
            int value = 0;
            int start = at;
            while (at < to && at - start < 3 && HttpOctets.isDigit(array[at])) {
                value = value * 10 + array[at++] - '0';
            }
            if (at == start || value > 255) {
                return false;
            }
            numbers++;
            if (at == to) {
                return numbers == 4;
            }
            if (array[at++] != '.') {
                return false;
            }
        }
        return false;
    }

    private static int endOfHost(byte[] array, int from, int to) {
        int at = from;
        if (at < to && array[at] == '[') {
            while (at < to && array[at] != ']') {
                at++;
            }
        }
        while (at < to && array[at] != ':') {
            at++;
        }
        return at;
    }

    private static boolean isPort(byte[] array, int from, int to) {
        if (to - from > 5) {
            return false;
        }
        int value = 0;
        for (int at = from; at < to; at++) {
            if (!HttpOctets.isDigit(array[at])) {
                return false;
            }
            value = value * 10 + array[at] - '0';
        }
        return value <= 0xFFFF;
    }

    private static boolean isName(byte[] array, int from, int to) {
        if (to == from || to - from > LONGEST) {
            return false;
        }
        int label = from;
        for (int at = from; at <= to; at++) {
            if (at == to || array[at] == '.') {
                if (at == label || at - label > LONGEST_LABEL) {
                    return false;
                }
                label = at + 1;
            } else if (!HttpOctets.isHost(array[at])) {
                return false;
            }
        }
        return true;
    }

    /** RFC 3986 section 3.2.2, without the zone of RFC 6874, which is of no use to anyone but the sender. */
    private static boolean isIpv6(byte[] array, int from, int to) {
        int groups = 0;
        boolean gap = false;
        int at = from;
        if (at + 1 < to && array[at] == ':' && array[at + 1] == ':') {
            gap = true;
            at += 2;
        }
        while (at < to) {
            int start = at;
            while (at < to && at - start < 4 && HttpOctets.hex(array[at]) >= 0) {
                at++;
            }
            if (at < to && array[at] == '.') {
                groups += 2;
                at = to;
                if (!isIpv4(array, start, to)) {
                    return false;
                }
                break;
            }
            if (at == start) {
                return false;
            }
            groups++;
            if (at == to) {
                break;
            }
            if (array[at++] != ':' || at == to) {
                return false;
            }
            if (array[at] == ':') {
                if (gap) {
                    return false;
                }
                gap = true;
                at++;
            }
        }
        return gap ? groups < 8 : groups == 8;
    }

    private static String lowerCase(byte[] array, int from, int to) {
        for (int at = from; at < to; at++) {
            if (array[at] >= 'A' && array[at] <= 'Z') {
                byte[] lower = new byte[to - from];
                for (int i = 0; i < lower.length; i++) {
                    byte octet = array[from + i];
                    lower[i] = octet >= 'A' && octet <= 'Z' ? (byte) (octet | 0x20) : octet;
                }
                return new String(lower, StandardCharsets.ISO_8859_1);
            }
        }
        return new String(array, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
