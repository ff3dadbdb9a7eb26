package io.steamgate.edge.route;

/**
 * The options of a TCP handshake: what an endpoint accepted, or what a listener may promise.
 *
 * @param mss largest segment payload in bytes, from 1
 * @param windowScale shift from 0 to 14, or -1 when windows are not scaled (RFC 7323)
 * @param sack whether selective acknowledgement is understood (RFC 2018)
 * @param timestamps whether timestamps are (RFC 7323)
 */
public record TcpOptions(int mss, int windowScale, boolean sack, boolean timestamps) {
    /**
     * What may be promised for endpoints of which nothing is known yet. A promise that an endpoint does not keep costs its
     * flows the fast path, so nothing is promised; and segments of 1220 bytes fit through every overlay network that
     * carries IPv6 (RFC 8200 section 5: 1280 bytes, less the larger headers).
     */
    public static final TcpOptions CAUTIOUS = new TcpOptions(1220, -1, false, false);

    /**
     * What both keep. The window scale is the larger one, because a window announced in large units can be translated to
     * smaller ones and only be rounded down; it is none as soon as one has none.
     */
    TcpOptions with(TcpOptions other) {
        return new TcpOptions(
                Math.min(mss, other.mss),
                windowScale < 0 || other.windowScale < 0 ? -1 : Math.max(windowScale, other.windowScale),
                sack && other.sack,
                timestamps && other.timestamps);
    }
}
