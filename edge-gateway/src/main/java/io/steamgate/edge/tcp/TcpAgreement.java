package io.steamgate.edge.tcp;

import io.steamgate.edge.wire.TcpOptions;

/**
 * What both ends agreed on in the handshake.
 *
 * @param peerMss the MSS the peer announced, 536 when it did not (RFC 9293 section 3.7.1)
 * @param mss the payload of our full segments: the peer's MSS, the path's MTU, less the timestamp option
 * @param windowScaling whether both sides sent the option; when not, both shifts are 0
 * @param sndWndShift applied to windows we receive: the peer's shift
 * @param rcvWndShift applied to windows we announce: ours
 * @param sack whether both permitted selective acknowledgement
 * @param timestamps whether every segment carries timestamps
 */
public record TcpAgreement(
        int peerMss,
        int mss,
        boolean windowScaling,
        int sndWndShift,
        int rcvWndShift,
        boolean sack,
        boolean timestamps) {
    /** An MSS below this is read as this: with all options a segment still has room for bytes. */
    static final int LEAST_MSS = 88;

    private static final int DEFAULT_MSS = 536;

    /** Before a handshake is complete. */
    public static final TcpAgreement NONE = new TcpAgreement(DEFAULT_MSS, DEFAULT_MSS, false, 0, 0, false, false);

    /** What a peer's SYN with these options and our {@code offer} come to. */
    static TcpAgreement of(SynOffer offer, TcpOptions peer, int pathMtu) {
        SynOffer common = new SynOffer(
                offer.mss(),
                offer.windowScale(),
                offer.sack() && peer.sackPermitted(),
                offer.timestamps() && peer.hasTimestamps());
        return of(common, peerMss(peer), peer.windowScale(), pathMtu);
    }

    /** As above where {@code offer} holds only what the peer offered as well; {@code peerShift} is -1 for none. */
    static TcpAgreement of(SynOffer offer, int peerMss, int peerShift, int pathMtu) {
        boolean scaling = offer.scalesWindow() && peerShift >= 0;
        int mss = Math.min(Math.max(peerMss, LEAST_MSS), pathMtu - 40) - (offer.timestamps() ? 12 : 0);
        return new TcpAgreement(
                peerMss,
                Math.max(mss, LEAST_MSS - 12),
                scaling,
                scaling ? peerShift : 0,
                scaling ? offer.shift() : 0,
                offer.sack(),
                offer.timestamps());
    }

    static int peerMss(TcpOptions options) {
        return options.mss() == 0 ? DEFAULT_MSS : options.mss();
    }

    /** The offer that a SYN to another host makes so that it agrees to what the peer of this connection did. */
    public SynOffer asPeerOffered() {
        return new SynOffer(peerMss, windowScaling ? sndWndShift : SynOffer.NO_SCALE, sack, timestamps);
    }
}
