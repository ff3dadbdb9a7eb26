package io.steamgate.edge.follow;

/**
 * What the octets at the start of a response are. Read more leniently than requests where that cannot move the end of
 * the message: a service is no attacker, and its clients forgive a bare line feed (RFC 9112 section 2.2).
 */
public sealed interface HttpResponseHead {
    /** More octets are needed. */
    record Incomplete() implements HttpResponseHead {}

    /** Not to be framed; {@code reason} is a few stable words for log and metric. */
    record Malformed(String reason) implements HttpResponseHead {}

    /**
     * A complete head.
     *
     * @param version {@link HttpVersion#HTTP_0_9} for an answer without a status line; it is all body
     * @param status three digits; 0 without a status line
     * @param length in octets, with the blank line at the end
     * @param interim whether another response to the same request follows: 1xx but 101 (RFC 9110 section 15.2)
     * @param keepAlive whether the connection may carry another response after this one (RFC 9112 section 9.3)
     */
    record Head(HttpVersion version, int status, int length, boolean interim, boolean keepAlive, BodyFraming body)
            implements HttpResponseHead {}

    /**
     * @param bytes from the first octet of the response on, with whatever follows it
     * @param limit of the head, in octets; no octet behind it is looked at
     * @param requestMethod of the request that is answered: HEAD and CONNECT decide over the body
     */
    static HttpResponseHead parse(Bytes bytes, int limit, String requestMethod) {
        return new HttpResponseParser(bytes, limit).parse(requestMethod);
    }
}
