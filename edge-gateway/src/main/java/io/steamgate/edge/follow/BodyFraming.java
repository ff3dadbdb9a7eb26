package io.steamgate.edge.follow;

/** How the end of a message's body is found (RFC 9112 section 6.3). */
public sealed interface BodyFraming {
    BodyFraming NONE = new None();
    BodyFraming CHUNKED = new Chunked();
    BodyFraming UNTIL_CLOSE = new UntilClose();
    BodyFraming TUNNEL = new Tunnel();

    /** No body: the message ends with its head. */
    record None() implements BodyFraming {}

    /** @param bytes how many follow the head; 0 and up */
    record Length(long bytes) implements BodyFraming {}

    /** The chunked transfer coding (RFC 9112 section 7.1). */
    record Chunked() implements BodyFraming {}

    /** The body ends with the connection. */
    record UntilClose() implements BodyFraming {}

    /** What follows is no HTTP any more: after 101, or a 2xx to CONNECT. */
    record Tunnel() implements BodyFraming {}
}
