package io.steamgate.edge.tcp;

/** RFC 5681 with appropriate byte counting (RFC 3465, L = 2 segments). */
final class Reno implements CongestionControl {
    private int mss;
    private int cwnd;
    private int ssthresh = Integer.MAX_VALUE;
    private int counted;

    Reno(int mss) {
        this.mss = mss;
        cwnd = CongestionControl.initialWindow(mss);
    }

    @Override
    public int cwnd() {
        return cwnd;
    }

    @Override
    public int ssthresh() {
        return ssthresh;
    }

    @Override
    public void acknowledged(int bytes, long now, long srtt, boolean limited) {
        if (!limited) {
            return;
        }
        if (cwnd < ssthresh) {
            cwnd = CongestionControl.grow(cwnd, Math.min(bytes, 2 * mss));
            return;
        }
        counted += bytes;
        if (counted >= cwnd) {
            counted -= cwnd;
            cwnd = CongestionControl.grow(cwnd, mss);
        }
    }

    @Override
    public void loss(int inFlight, long now) {
        ssthresh = Math.max(inFlight / 2, 2 * mss);
        cwnd = ssthresh;
        counted = 0;
    }

    @Override
    public void timeout(int inFlight, long now, boolean again) {
        if (!again) {
            ssthresh = Math.max(inFlight / 2, 2 * mss);
        }
        cwnd = mss;
        counted = 0;
    }

    @Override
    public void idle() {
        cwnd = Math.min(cwnd, CongestionControl.initialWindow(mss));
    }

    @Override
    public void start(int mss) {
        this.mss = mss;
        cwnd = CongestionControl.initialWindow(mss);
    }

    @Override
    public void segmentSize(int mss) {
        this.mss = mss;
    }
}
