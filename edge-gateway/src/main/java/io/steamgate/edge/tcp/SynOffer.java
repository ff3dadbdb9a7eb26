package io.steamgate.edge.tcp;

/**
 * The options of a SYN or SYN-ACK that this stack sends.
 *
 * @param mss the largest segment payload we take, in bytes (RFC 9293 section 3.7.1); bounded further by the path's MTU
 *     when it announces for ourselves
 * @param windowScale the shift of the windows we announce, 0 to 14, or {@link #NO_SCALE} (RFC 7323 section 2)
 * @param sack whether selective acknowledgement is offered (RFC 2018)
 * @param timestamps whether timestamps are offered (RFC 7323 section 3)
 */
public record SynOffer(int mss, int windowScale, boolean sack, boolean timestamps) {
    /** No window scale option. */
    public static final int NO_SCALE = -1;

    /** What every host accepts: an Ethernet's MSS and nothing else. */
    public static final SynOffer PLAIN = new SynOffer(1460, NO_SCALE, false, false);

    public SynOffer {
        if (mss < 1 || mss > 65_535) {
            throw new IllegalArgumentException("MSS " + mss + " is not between 1 and 65535");
        }
        if (windowScale < NO_SCALE || windowScale > 14) {
            throw new IllegalArgumentException("window scale " + windowScale + " is not between 0 and 14");
        }
    }

    public boolean scalesWindow() {
        return windowScale >= 0;
    }

    /** The shift to use: 0 without the option. */
    public int shift() {
        return Math.max(0, windowScale);
    }
}
