package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;

/**
 * So many a second. The allowance of each second is drawn from half to one and a half of it, because a fixed one that all
 * connections share tells an outsider whether his guess hit one (CVE-2016-5696 against RFC 5961 section 7).
 */
final class RateLimit {
    private final int perSecond;
    private final Clock clock;
    private final Randomness randomness;
    private long second = Long.MIN_VALUE;
    private int left;

    RateLimit(int perSecond, Clock clock, Randomness randomness) {
        this.perSecond = perSecond;
        this.clock = clock;
        this.randomness = randomness;
    }

    boolean allow() {
        long now = clock.nanos() / Clock.NANOS_PER_SECOND;
        if (now != second) {
            second = now;
            left = perSecond == 0 ? 0 : perSecond / 2 + randomness.nextInt(perSecond + 1);
        }
        if (left <= 0) {
            return false;
        }
        left--;
        return true;
    }
}
