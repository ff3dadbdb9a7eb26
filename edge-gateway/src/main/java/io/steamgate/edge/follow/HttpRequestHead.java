package io.steamgate.edge.follow;

import io.steamgate.edge.follow.RouteKey.Cookie;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * What the octets at the start of a request are: RFC 9112 read strictly, HTTP/0.9 besides. The answer for the shortest
 * octets that are not {@link Incomplete} is the answer for all that begin with them, however they were cut on the wire.
 */
public sealed interface HttpRequestHead {
    /** No longer method is worth waiting for (RFC 9112 section 3). */
    int LONGEST_METHOD = 64;

    /** What a client with prior knowledge of HTTP/2 says first (RFC 9113 section 3.4). */
    String HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** More octets are needed. */
    record Incomplete() implements HttpRequestHead {}

    /**
     * Nothing to follow.
     *
     * @param status what the client is told: 400, 414, 431, 501, 505
     * @param reason a few stable words for log and metric
     */
    record Malformed(int status, String reason) implements HttpRequestHead {}

    /** HTTP/2 by prior knowledge: these 24 octets, then frames. */
    record Http2Preface() implements HttpRequestHead {}

    /**
     * A complete head.
     *
     * @param host lower case, without port or final dot; empty if none is named
     * @param path undecoded and without query; empty for {@link TargetForm#ASTERISK} and {@link TargetForm#AUTHORITY}
     * @param keepAlive whether the client means to send another request after this one
     * @param length in octets, with leading empty lines and the blank line at the end
     * @param expectContinue whether the client waits for 100 before it sends the body
     * @param upgrade whether 101 may follow, after which this is no HTTP any more
     */
    record Head(
            String method,
            TargetForm form,
            HttpVersion version,
            Optional<String> host,
            Optional<String> path,
            List<Cookie> cookies,
            List<String> entityTags,
            boolean keepAlive,
            int length,
            boolean expectContinue,
            boolean upgrade,
            BodyFraming body)
            implements HttpRequestHead {

        /** Whether sending it twice does what sending it once does (RFC 9110 section 9.2.2). */
        public boolean idempotent() {
            return switch (method) {
                case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
                default -> false;
            };
        }

        public RouteKey key() {
            return new RouteKey("http", host, path, cookies, entityTags, List.of());
        }
    }

    /** RFC 9112 section 3.2. */
    enum TargetForm {
        ORIGIN,
        ABSOLUTE,
        AUTHORITY,
        ASTERISK
    }

    /**
     * @param bytes from the first octet of the request on, with whatever follows it
     * @param limit of the head, in octets; no octet behind it is looked at
     */
    static HttpRequestHead parse(Bytes bytes, int limit) {
        return new HttpRequestParser(bytes, limit).parse();
    }

    /** The text of a method without a new string for those that are met every day. */
    static String methodText(byte[] array, int from, int to) {
        String known = switch (array[from]) {
            case 'G' -> "GET";
            case 'H' -> "HEAD";
            case 'P' -> to - from == 3 ? "PUT" : to - from == 5 ? "PATCH" : "POST";
            case 'D' -> "DELETE";
            case 'O' -> "OPTIONS";
            case 'C' -> "CONNECT";
            default -> "";
        };
        return known.length() == to - from && HttpOctets.startsWith(known, array, from, to)
                ? known
                : new String(array, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
