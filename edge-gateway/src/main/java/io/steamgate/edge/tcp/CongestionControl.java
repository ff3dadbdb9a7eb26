package io.steamgate.edge.tcp;

/** Decides how much may be in flight. One instance a connection; everything in bytes and nanoseconds. */
interface CongestionControl {
    int cwnd();

    int ssthresh();

    /**
     * New data was acknowledged outside of fast recovery.
     *
     * @param limited whether the window was what held us back (RFC 9438 section 5.8, RFC 7661): an unused one does not grow
     */
    void acknowledged(int bytes, long now, long srtt, boolean limited);

    /** Loss was seen by duplicate or selective acknowledgements: fast recovery begins. */
    void loss(int inFlight, long now);

    /** The retransmission timer expired; {@code again} for the same data (RFC 5681 section 3.1: ssthresh is kept). */
    void timeout(int inFlight, long now, boolean again);

    /** Nothing was sent for longer than the retransmission timeout (RFC 5681 section 4.1). */
    void idle();

    /** The handshake said how large segments are: the initial window follows (RFC 6928). */
    void start(int mss);

    /** The segment size changed (path MTU). */
    void segmentSize(int mss);

    /** The initial window of RFC 6928. */
    static int initialWindow(int mss) {
        return Math.min(10 * mss, Math.max(2 * mss, 14_600));
    }

    /** A window of a gibibyte is enough: sums of it stay positive. */
    static int grow(int cwnd, int by) {
        return Math.min(cwnd + by, 1 << 30);
    }
}
