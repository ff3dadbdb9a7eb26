package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/** The retransmission timeout (RFC 6298). Nanoseconds. */
final class RttEstimator {
    private static final long MAX_RTO = 60 * Clock.NANOS_PER_SECOND;
    /** The clock granularity G of the RFC. */
    private static final long GRANULARITY = Clock.NANOS_PER_MILLI;

    private final long minRto;
    private long srtt = -1;
    private long rttVar;
    private long base = Clock.NANOS_PER_SECOND;
    private int backoff;

    RttEstimator(long minRto) {
        this.minRto = minRto;
    }

    /** Takes a measurement of data that was sent once (Karn), or whose timestamp was echoed. */
    void sample(long rtt) {
        if (srtt < 0) {
            srtt = rtt;
            rttVar = rtt / 2;
        } else {
            rttVar += (Math.abs(srtt - rtt) - rttVar) / 4;
            srtt += (rtt - srtt) / 8;
        }
        base = Math.clamp(srtt + Math.max(GRANULARITY, 4 * rttVar), minRto, MAX_RTO);
        backoff = 0;
    }

    /** New data was acknowledged, measured or not: the timer is no longer backed off. */
    void progress() {
        backoff = 0;
    }

    /** The timer expired (section 5.5). */
    void backOff() {
        backoff = Math.min(backoff + 1, 16);
    }

    long rto() {
        return Math.min(base << backoff, MAX_RTO);
    }

    /** The timeout without backoff. */
    long baseRto() {
        return base;
    }

    /** Smoothed round-trip time; 0 before the first measurement. */
    long srtt() {
        return Math.max(srtt, 0);
    }

    boolean measured() {
        return srtt >= 0;
    }

    @Override
    public String toString() {
        return "srtt " + srtt + " rttvar " + rttVar + " rto " + rto() + " backoff " + backoff;
    }
}
