package io.steamgate.dns.wire;

/** Names as messages have them, with compression pointers (RFC 1035 §4.1.4). A pointer must lead backwards, so none loops. */
public final class MessageNames {
    private MessageNames() {}

    /**
     * Where what follows the name at {@code at} begins, or -1 if there is no name that ends before {@code end}. What a pointer
     * leads to is not looked at.
     */
    public static int skip(byte[] message, int at, int end) {
        int start = at;
        while (at < end) {
            int length = message[at] & 0xFF;
            if (length == 0) {
                return at + 1 - start > Dns.MAX_NAME ? -1 : at + 1;
            }
            if (length >= 0xC0) {
                return at + 2 <= end ? at + 2 : -1;
            }
            if (length > 63) {
                return -1;
            }
            at += 1 + length;
        }
        return -1;
    }

    /**
     * Writes the name at {@code at} without pointers to {@code out}, which has room for {@link Dns#MAX_NAME} octets.
     *
     * @return its length, or -1 if it is broken: too long, past the end, or with a pointer that does not lead backwards
     */
    public static int expand(byte[] message, int at, int end, byte[] out) {
        int length = 0;
        int limit = at;
        while (at < end) {
            int octet = message[at] & 0xFF;
            if (octet >= 0xC0) {
                if (at + 2 > end) {
                    return -1;
                }
                int target = Dns.u16(message, at) & 0x3FFF;
                if (target >= limit || target < Dns.HEADER) {
                    return -1;
                }
                at = target;
                limit = target;
                continue;
            }
            if (octet > 63 || at + 1 + octet > end || length + 1 + octet > Dns.MAX_NAME - (octet == 0 ? 0 : 1)) {
                return -1;
            }
            System.arraycopy(message, at, out, length, 1 + octet);
            length += 1 + octet;
            if (octet == 0) {
                return length;
            }
            at += 1 + octet;
        }
        return -1;
    }
}
