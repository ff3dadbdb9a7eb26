package io.steamgate.edge.follow;

/**
 * The fields that say where a message ends and whether the connection stays: Content-Length, Transfer-Encoding and
 * Connection, gathered over all their lines (RFC 9112 sections 6, 7 and 9).
 */
final class FramingFields {
    static final long NO_LENGTH = -1;

    private long length = NO_LENGTH;
    private int lengths;
    private boolean badLength;

    private boolean coded;
    private boolean chunked;
    private boolean badCoding;
    private boolean unknownCoding;

    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;

    /** Takes the line if it is one of these fields; whether it was. */
    boolean take(FieldLines line) {
        // The length first: most fields are passed by with one comparison
        switch (line.nameLength()) {
            case 10 -> {
                if (line.named("connection")) {
                    takeList(line, this::takeOption);
                    return true;
                }
            }
            case 14 -> {
                if (line.named("content-length")) {
                    takeList(line, this::takeLength);
                    return true;
                }
            }
            case 17 -> {
                if (line.named("transfer-encoding")) {
                    coded = true;
                    takeList(line, this::takeCoding);
                    return true;
                }
            }
            default -> {}
        }
        return false;
    }

    /** The value of Content-Length; {@link #NO_LENGTH} without one. */
    long length() {
        return length;
    }

    /** Whether the length was said more than once, be it the same. */
    boolean lengthRepeated() {
        return lengths > 1;
    }

    /** Whether a length is not a number of octets, or two of them differ. */
    boolean badLength() {
        return badLength;
    }

    boolean coded() {
        return coded;
    }

    /** Whether chunked is there once and last. */
    boolean chunkedLast() {
        return chunked && !badCoding;
    }

    /** Whether chunked has something behind it or parameters, or the list itself is malformed. */
    boolean badCoding() {
        return badCoding;
    }

    boolean unknownCoding() {
        return unknownCoding;
    }

    /** RFC 9112 section 9.3. */
    boolean persistent(HttpVersion version) {
        return !close && (version == HttpVersion.HTTP_1_1 || keepAlive && version == HttpVersion.HTTP_1_0);
    }

    /** Whether Connection names Upgrade (RFC 9110 section 7.8). */
    boolean upgrade() {
        return upgrade;
    }

    @FunctionalInterface
    private interface Element {
        void take(byte[] array, int from, int to);
    }

    private static void takeList(FieldLines line, Element element) {
        byte[] array = line.array();
        int end = line.valueEnd();
        int at = line.valueStart();
        while (true) {
            int comma = at;
            while (comma < end && array[comma] != ',') {
                comma++;
            }
            int from = at;
            int to = comma;
            while (from < to && HttpOctets.isBlank(array[from])) {
                from++;
            }
            while (to > from && HttpOctets.isBlank(array[to - 1])) {
                to--;
            }
            element.take(array, from, to);
            if (comma >= end) {
                return;
            }
            at = comma + 1;
        }
    }

    private void takeLength(byte[] array, int from, int to) {
        lengths++;
        if (from == to) {
            badLength = true;
            return;
        }
        long value = 0;
        for (int at = from; at < to; at++) {
            int digit = array[at] - '0';
            if (digit < 0 || digit > 9 || value > (Long.MAX_VALUE - digit) / 10) {
                badLength = true;
                return;
            }
            value = value * 10 + digit;
        }
        if (length != NO_LENGTH && length != value) {
            badLength = true;
        }
        length = value;
    }

    private void takeCoding(byte[] array, int from, int to) {
        // An empty element is legal elsewhere (RFC 9110 section 5.6.1.2); here it is only ever an attempt to confuse
        if (from == to || chunked) {
            badCoding = true;
            return;
        }
        int end = from;
        while (end < to && HttpOctets.isToken(array[end])) {
            end++;
        }
        if (HttpOctets.tokenIs("chunked", array, from, end)) {
            chunked = true;
            badCoding |= end != to;
        } else if (end == from || end != to && array[end] != ';' && !HttpOctets.isBlank(array[end])) {
            badCoding = true;
        } else if (!isKnown(array, from, to)) {
            unknownCoding = true;
        }
    }

    private static boolean isKnown(byte[] array, int from, int to) {
        return HttpOctets.tokenIs("gzip", array, from, to)
                || HttpOctets.tokenIs("deflate", array, from, to)
                || HttpOctets.tokenIs("compress", array, from, to)
                || HttpOctets.tokenIs("x-gzip", array, from, to)
                || HttpOctets.tokenIs("x-compress", array, from, to)
                || HttpOctets.tokenIs("identity", array, from, to);
    }

    private void takeOption(byte[] array, int from, int to) {
        close |= HttpOctets.tokenIs("close", array, from, to);
        keepAlive |= HttpOctets.tokenIs("keep-alive", array, from, to);
        upgrade |= HttpOctets.tokenIs("upgrade", array, from, to);
    }
}
