package io.steamgate.edge.follow;

import io.steamgate.edge.follow.HttpResponseHead.Head;
import io.steamgate.edge.follow.HttpResponseHead.Incomplete;
import io.steamgate.edge.follow.HttpResponseHead.Malformed;

/** One reading of {@link HttpResponseHead}. */
final class HttpResponseParser {
    private static final Incomplete INCOMPLETE = new Incomplete();
    private static final Head WITHOUT_STATUS_LINE =
            new Head(HttpVersion.HTTP_0_9, 0, 0, false, false, BodyFraming.UNTIL_CLOSE);
    private static final String PROTOCOL = "HTTP/";
    private static final int STATUS_END = "HTTP/1.1 200".length();

    private final byte[] array;
    private final int origin;
    private final int end;
    private final boolean full;

    HttpResponseParser(Bytes bytes, int limit) {
        array = bytes.array();
        origin = bytes.offset();
        end = origin + Math.min(bytes.length(), limit);
        full = bytes.length() >= limit;
    }

    HttpResponseHead parse(String requestMethod) {
        int most = Math.min(end - origin, PROTOCOL.length());
        if (!HttpOctets.startsWith(PROTOCOL.substring(0, most), array, origin, end)) {
            return WITHOUT_STATUS_LINE;
        }
        int lineFeed = HttpOctets.lineFeed(array, origin, end);
        if (lineFeed < 0) {
            return incomplete();
        }
        int lineEnd = array[lineFeed - 1] == HttpOctets.CR ? lineFeed - 1 : lineFeed;
        int status = status(lineEnd);
        if (status < 0) {
            return new Malformed("bad-status-line");
        }
        HttpVersion version = array[origin + 7] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1;
        int fields = lineFeed + 1;
        int lineStart = fields;
        while (true) {
            lineFeed = HttpOctets.lineFeed(array, lineStart, end);
            if (lineFeed < 0) {
                return incomplete();
            }
            boolean blank = lineFeed == lineStart || lineFeed == lineStart + 1 && array[lineStart] == HttpOctets.CR;
            if (blank) {
                return head(version, status, fields, lineStart, lineFeed + 1, requestMethod);
            }
            lineStart = lineFeed + 1;
        }
    }

    /** The status code of the line that ends at {@code lineEnd}; -1 if it is no status line (RFC 9112 section 4). */
    private int status(int lineEnd) {
        int statusEnd = origin + STATUS_END;
        if (lineEnd < statusEnd
                || array[origin + 5] != '1'
                || array[origin + 6] != '.'
                || !HttpOctets.isDigit(array[origin + 7])
                || array[origin + 8] != ' '
                || lineEnd > statusEnd && array[statusEnd] != ' ') {
            return -1;
        }
        int status = 0;
        for (int at = statusEnd - 3; at < statusEnd; at++) {
            if (!HttpOctets.isDigit(array[at])) {
                return -1;
            }
            status = status * 10 + array[at] - '0';
        }
        for (int at = statusEnd; at < lineEnd; at++) {
            if (!HttpOctets.isValue(array[at])) {
                return -1;
            }
        }
        return status < 100 ? -1 : status;
    }

    private HttpResponseHead head(
            HttpVersion version, int status, int fieldsStart, int fieldsEnd, int headEnd, String requestMethod) {
        FramingFields framing = new FramingFields();
        FieldLines lines = new FieldLines(array, fieldsStart, fieldsEnd);
        // Nothing is before the first line that it could continue
        boolean foldable = false;
        while (true) {
            switch (lines.next()) {
                case FIELD -> foldable = !framing.take(lines);
                case FOLD -> {
                    if (!foldable) {
                        return new Malformed("obsolete-fold");
                    }
                }
                case MALFORMED -> {
                    return new Malformed("bad-field");
                }
                case END -> {
                    return framed(version, status, headEnd - origin, framing, requestMethod);
                }
            }
        }
    }

    /** RFC 9112 section 6.3, in its order. */
    private static HttpResponseHead framed(
            HttpVersion version, int status, int length, FramingFields framing, String requestMethod) {
        boolean keepAlive = framing.persistent(version);
        if (status == 101 || status / 100 == 2 && requestMethod.equals("CONNECT")) {
            return new Head(version, status, length, false, false, BodyFraming.TUNNEL);
        }
        if (status / 100 == 1) {
            return new Head(version, status, length, true, true, BodyFraming.NONE);
        }
        if (requestMethod.equals("HEAD") || status == 204 || status == 304) {
            return new Head(version, status, length, false, keepAlive, BodyFraming.NONE);
        }
        if (framing.coded() && version == HttpVersion.HTTP_1_0) {
            // Section 6.1: the framing is faulty; the end of the connection is the only one left to believe
            return new Head(version, status, length, false, false, BodyFraming.UNTIL_CLOSE);
        }
        if (framing.coded() && (framing.length() != FramingFields.NO_LENGTH || framing.badLength())) {
            return new Malformed("length-and-coding");
        }
        if (framing.badCoding()) {
            return new Malformed("bad-transfer-coding");
        }
        if (framing.coded()) {
            return framing.chunkedLast()
                    ? new Head(version, status, length, false, keepAlive, BodyFraming.CHUNKED)
                    : new Head(version, status, length, false, false, BodyFraming.UNTIL_CLOSE);
        }
        if (framing.badLength()) {
            return new Malformed("bad-content-length");
        }
        if (framing.length() != FramingFields.NO_LENGTH) {
            return new Head(version, status, length, false, keepAlive, new BodyFraming.Length(framing.length()));
        }
        return new Head(version, status, length, false, false, BodyFraming.UNTIL_CLOSE);
    }

    private HttpResponseHead incomplete() {
        return full ? new Malformed("head-too-large") : INCOMPLETE;
    }
}
