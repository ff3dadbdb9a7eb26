package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/** CUBIC (RFC 9438). Window arithmetic is in segments, as the RFC has it. */
final class Cubic implements CongestionControl {
    private static final double C = 0.4;
    private static final double BETA = 0.7;
    /** Reno-friendly additive increase (section 4.3): 3 (1 - beta) / (1 + beta). */
    private static final double ALPHA = 3 * (1 - BETA) / (1 + BETA);

    private int mss;
    private int cwnd;
    private int ssthresh = Integer.MAX_VALUE;

    private boolean inEpoch;
    private long epochStart;
    private double wMax;
    private double k;
    private double wEst;
    private double fraction;

    Cubic(int mss) {
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
            // The epoch's clock must not run while the application holds back (section 5.8).
            inEpoch = false;
            return;
        }
        if (cwnd < ssthresh) {
            cwnd = CongestionControl.grow(cwnd, Math.min(bytes, 2 * mss));
            return;
        }
        double segments = (double) cwnd / mss;
        if (!inEpoch) {
            begin(segments, now);
        }
        double t = (double) (now - epochStart) / Clock.NANOS_PER_SECOND;
        double ahead = t + (double) srtt / Clock.NANOS_PER_SECOND;
        double target = Math.clamp(C * Math.pow(ahead - k, 3) + wMax, segments, 1.5 * segments);
        double cubic = C * Math.pow(t - k, 3) + wMax;
        double acked = (double) bytes / mss;
        // Section 4.3: once the window of before the loss is reached, the Reno estimate grows as Reno does.
        wEst += (wEst >= wMax ? 1 : ALPHA) * acked / segments;
        double next = cubic < wEst ? Math.max(segments, wEst) : segments + (target - segments) / segments * acked;
        double bytesMore = (next - segments) * mss + fraction;
        int whole = (int) bytesMore;
        fraction = bytesMore - whole;
        cwnd = CongestionControl.grow(cwnd, whole);
    }

    private void begin(double segments, long now) {
        inEpoch = true;
        epochStart = now;
        fraction = 0;
        wEst = segments;
        if (wMax < segments) {
            wMax = segments;
        }
        k = Math.cbrt((wMax - segments) / C);
    }

    @Override
    public void loss(int inFlight, long now) {
        reduce(inFlight);
        cwnd = ssthresh;
    }

    @Override
    public void timeout(int inFlight, long now, boolean again) {
        if (!again) {
            reduce(inFlight);
        }
        cwnd = mss;
    }

    private void reduce(int inFlight) {
        double segments = (double) cwnd / mss;
        // Fast convergence (section 4.7): a flow that lost before it regained its window leaves room to others.
        wMax = segments < wMax ? segments * (1 + BETA) / 2 : segments;
        ssthresh = Math.max((int) (Math.min(inFlight, cwnd) * BETA), 2 * mss);
        inEpoch = false;
    }

    @Override
    public void idle() {
        cwnd = Math.min(cwnd, CongestionControl.initialWindow(mss));
        inEpoch = false;
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
