package io.steamgate.edge.follow;

import java.util.List;
import java.util.Optional;

/**
 * What the rules of a listener may look at.
 *
 * @param protocol the follower's name: {@code http}, {@code tls}, {@code tcp}
 * @param host lower case, without port or final dot: the Host or authority of HTTP, the SNI of TLS
 * @param path of the request target, undecoded, without query; begins with a slash
 * @param cookies name and value in order of appearance
 * @param entityTags of If-None-Match, opaque parts without quotes, in order
 * @param alpn protocol names that a ClientHello offered, in order
 */
public record RouteKey(
        String protocol,
        Optional<String> host,
        Optional<String> path,
        List<Cookie> cookies,
        List<String> entityTags,
        List<String> alpn) {

    /** One pair of a Cookie header (RFC 6265 section 4.2.1). */
    public record Cookie(String name, String value) {}

    /** The key of a connection that is routed by its port alone. */
    public static RouteKey ofPort() {
        return new RouteKey("tcp", Optional.empty(), Optional.empty(), List.of(), List.of(), List.of());
    }
}
