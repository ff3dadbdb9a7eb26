package io.steamgate.edge.follow;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The body of a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), as far as routes look at it. Values that
 * are not known, GREASE (RFC 8701) among them, are passed over; the lengths must all come out even.
 */
sealed interface ClientHello {
    /**
     * @param host of the server_name extension (RFC 6066 section 3), lower case; empty if none is named or it is an
     *     address, which that section forbids and which says nothing anyway
     * @param alpn names of RFC 7301, in order, at most {@value #MOST_PROTOCOLS}
     */
    record Parsed(Optional<String> host, List<String> alpn) implements ClientHello {}

    record Malformed(TlsAlert alert, String reason) implements ClientHello {}

    int MOST_PROTOCOLS = 64;

    /** @param body of the handshake message, its four octets of header excluded */
    static ClientHello parse(Bytes body) {
        return new Reading(body).parse();
    }

    /** One pass over the message. Every read is checked first: what does not fit is {@code decode_error}. */
    final class Reading {
        private static final int SERVER_NAME = 0;
        private static final int ALPN = 16;
        private static final int HOST_NAME = 0;
        /** Above this many extensions a set is cheaper than looking back at each. */
        private static final int LOOK_BACK = 48;

        private final Bytes body;
        private int at;
        private Optional<String> host = Optional.empty();
        private List<String> alpn = List.of();

        private Reading(Bytes body) {
            this.body = body;
        }

        private ClientHello parse() {
            at = 2 + 32;
            if (at > body.length() || !vector8(0, 32) || !vector16(2, 0xFFFE, 2) || !vector8(1, 255)) {
                return new Malformed(TlsAlert.DECODE_ERROR, "bad-client-hello");
            }
            if (at == body.length()) {
                return new Parsed(host, alpn);
            }
            int extensions = at + 2;
            if (!vector16(0, 0xFFFF, 1) || at != body.length()) {
                return new Malformed(TlsAlert.DECODE_ERROR, "bad-client-hello");
            }
            return extensions(extensions);
        }

        private ClientHello extensions(int start) {
            int count = 0;
            int next = start;
            while (next < body.length()) {
                if (body.length() - next < 4 || body.length() - next - 4 < body.u16(next + 2)) {
                    return new Malformed(TlsAlert.DECODE_ERROR, "bad-extension");
                }
                int type = body.u16(next);
                int data = next + 4;
                next = data + body.u16(next + 2);
                count++;
                boolean wellFormed = switch (type) {
                    case SERVER_NAME -> serverNames(data, next);
                    case ALPN -> protocols(data, next);
                    default -> true;
                };
                if (!wellFormed) {
                    return new Malformed(TlsAlert.DECODE_ERROR, type == ALPN ? "bad-alpn" : "bad-server-name");
                }
                if (host.isPresent() && host.get().isEmpty()) {
                    return new Malformed(TlsAlert.ILLEGAL_PARAMETER, "bad-server-name");
                }
            }
            if (hasDuplicate(start, count)) {
                return new Malformed(TlsAlert.ILLEGAL_PARAMETER, "extension-twice");
            }
            return new Parsed(host, alpn);
        }

        /** RFC 8446 section 4.2: no more than one extension of each type. The lengths are checked already. */
        private boolean hasDuplicate(int start, int count) {
            if (count > LOOK_BACK) {
                BitSet seen = new BitSet();
                for (int next = start; next < body.length(); next += 4 + body.u16(next + 2)) {
                    if (seen.get(body.u16(next))) {
                        return true;
                    }
                    seen.set(body.u16(next));
                }
                return false;
            }
            for (int next = start; next < body.length(); next += 4 + body.u16(next + 2)) {
                for (int earlier = start; earlier < next; earlier += 4 + body.u16(earlier + 2)) {
                    if (body.u16(earlier) == body.u16(next)) {
                        return true;
                    }
                }
            }
            return false;
        }

        /** Whether the list is well-formed; {@link #host} is then the name, or the empty string for one that is none. */
        private boolean serverNames(int from, int to) {
            if (to - from < 2 || body.u16(from) != to - from - 2 || to - from == 2) {
                return false;
            }
            int next = from + 2;
            while (next < to) {
                if (to - next < 3 || to - next - 3 < body.u16(next + 1)) {
                    return false;
                }
                int type = body.u8(next);
                int name = next + 3;
                next = name + body.u16(name - 2);
                if (type != HOST_NAME) {
                    continue;
                }
                if (next == name) {
                    return false;
                }
                // RFC 6066 section 3: no more than one name of the same type
                host = host.isPresent() ? Optional.of("") : hostName(name, next);
            }
            return true;
        }

        private Optional<String> hostName(int from, int to) {
            byte[] array = body.array();
            int start = body.offset() + from;
            int end = body.offset() + to;
            if (HostName.isIpv4(array, start, end)) {
                return Optional.empty();
            }
            for (int i = start; i < end; i++) {
                if (array[i] == ':') {
                    return Optional.empty();
                }
            }
            return Optional.of(HostName.of(array, start, end)
                    .filter(name -> name.charAt(0) != '[')
                    .orElse(""));
        }

        private boolean protocols(int from, int to) {
            if (to - from < 2 || body.u16(from) != to - from - 2 || to - from == 2) {
                return false;
            }
            List<String> names = new ArrayList<>(4);
            int next = from + 2;
            while (next < to) {
                int length = body.u8(next);
                if (length == 0 || to - next - 1 < length) {
                    return false;
                }
                if (names.size() < MOST_PROTOCOLS) {
                    names.add(new String(body.array(), body.offset() + next + 1, length, StandardCharsets.ISO_8859_1));
                }
                next += 1 + length;
            }
            alpn = names;
            return true;
        }

        private boolean vector8(int least, int most) {
            if (at >= body.length()) {
                return false;
            }
            int length = body.u8(at);
            at += 1 + length;
            return length >= least && length <= most && at <= body.length();
        }

        private boolean vector16(int least, int most, int unit) {
            if (at + 1 >= body.length()) {
                return false;
            }
            int length = body.u16(at);
            at += 2 + length;
            return length >= least && length <= most && length % unit == 0 && at <= body.length();
        }
    }
}
