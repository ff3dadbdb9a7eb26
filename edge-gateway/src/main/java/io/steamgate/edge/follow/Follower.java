package io.steamgate.edge.follow;

/**
 * Follows a protocol only until it knows where a connection belongs. Pure: the same bytes give the same decision, nothing
 * is kept between calls, nothing is thrown whatever the bytes are.
 */
public interface Follower {
    /** The name in the routes file: {@code http}, {@code tls}, {@code tcp}. */
    String name();

    /** Whether it decides before the first byte: a protocol in which the server speaks first. */
    default boolean decidesOnAccept() {
        return false;
    }

    /**
     * @param buffered all bytes of the stream so far, none consumed
     * @param ended whether the client has said that no more will come (FIN)
     */
    Decision follow(Bytes buffered, boolean ended);

    /** What the client is told when it does not finish in time: HTTP 408; empty for a reset. */
    default byte[] onTimeout() {
        return new byte[0];
    }

    /** What the client is told when no rule knows where it belongs: HTTP 421, a TLS alert; empty for a reset. */
    default byte[] onUnknown() {
        return new byte[0];
    }

    /** What the client is told when its service has no endpoint left: HTTP 503, a TLS alert; empty for a reset. */
    default byte[] onUnavailable() {
        return new byte[0];
    }
}
