package io.steamgate.edge.tcp;

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

    /** The offer that a SYN to another host makes so that it agrees to what the peer of this connection did. */
    public SynOffer asPeerOffered() {
        return new SynOffer(peerMss, windowScaling ? sndWndShift : SynOffer.NO_SCALE, sack, timestamps);
    }
}
