package io.steamgate.edge.follow;

/**
 * Steps through the field lines of a complete head (RFC 9112 section 5). Each line ends in CRLF, or in a bare line feed
 * where the caller let one pass; anything but a token, a colon at once and a value without controls is malformed.
 */
final class FieldLines {
    enum Step {
        FIELD,
        /** A line that begins with a blank: it continues the field before it (RFC 9112 section 5.2). */
        FOLD,
        END,
        MALFORMED
    }

    private final byte[] array;
    private final int end;
    private int at;
    private int nameStart;
    private int nameEnd;
    private int valueStart;
    private int valueEnd;

    /** The lines in [from, to), the blank line that ends the head excluded. */
    FieldLines(byte[] array, int from, int to) {
        this.array = array;
        this.at = from;
        this.end = to;
    }

    Step next() {
        if (at >= end) {
            return Step.END;
        }
        boolean fold = HttpOctets.isBlank(array[at]);
        if (!fold) {
            nameStart = at;
            while (at < end && HttpOctets.isToken(array[at])) {
                at++;
            }
            nameEnd = at;
            // A blank between name and colon is how requests are smuggled past those who trim it (RFC 9112 section 5.1)
            if (nameEnd == nameStart || at == end || array[at] != ':') {
                return Step.MALFORMED;
            }
            at++;
        }
        while (at < end && HttpOctets.isBlank(array[at])) {
            at++;
        }
        valueStart = at;
        while (at < end && HttpOctets.isValue(array[at])) {
            at++;
        }
        valueEnd = at;
        while (valueEnd > valueStart && HttpOctets.isBlank(array[valueEnd - 1])) {
            valueEnd--;
        }
        if (at < end && array[at] == HttpOctets.CR) {
            at++;
        }
        if (at == end || array[at] != HttpOctets.LF) {
            return Step.MALFORMED;
        }
        at++;
        return fold ? Step.FOLD : Step.FIELD;
    }

    /** Whether the field's name is {@code lower}, given in lower case. */
    boolean named(String lower) {
        return HttpOctets.tokenIs(lower, array, nameStart, nameEnd);
    }

    int nameLength() {
        return nameEnd - nameStart;
    }

    byte[] array() {
        return array;
    }

    int valueStart() {
        return valueStart;
    }

    /** Behind the last octet of the value that is not blank. */
    int valueEnd() {
        return valueEnd;
    }
}
