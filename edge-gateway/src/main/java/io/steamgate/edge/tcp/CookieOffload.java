package io.steamgate.edge.tcp;

/**
 * Somebody below TCP who answers SYNs by its cookies ({@link Tcp#offload}), so that TCP first hears of a connection when its
 * handshake is complete. What has a claimed four-tuple must be left to TCP.
 */
public interface CookieOffload {
    /** Nobody. */
    CookieOffload NONE = new CookieOffload() {};

    /** @param ports the local one in the upper 16 bits */
    default void claim(int localAddress, int remoteAddress, int ports) {}

    /** Takes back one {@link #claim}. */
    default void release(int localAddress, int remoteAddress, int ports) {}

    /** Whether there may be cookies that TCP did not send. */
    default boolean answers() {
        return false;
    }

    /**
     * What cookies are made by, and what claims are found by.
     *
     * @param cookie0 half of the key of {@link SynCookies}' hash
     * @param cookie1 the other half
     * @param timestamp0 half of the key of the hash that offsets timestamps
     * @param timestamp1 the other half
     * @param claims random, of a hash by which claims may be found
     */
    record Keys(long cookie0, long cookie1, long timestamp0, long timestamp1, long claims) {}
}
