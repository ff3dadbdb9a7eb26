package io.steamgate.session.http;

import java.time.Instant;
import java.time.InstantSource;

/** The Date field (RFC 9110 §6.6.1), formatted once a second. */
public final class DateField {
    private record Second(long epochSecond, String text) {}

    private final InstantSource clock;
    private volatile Second second = new Second(Long.MIN_VALUE, "");

    public DateField(InstantSource clock) {
        this.clock = clock;
    }

    public String now() {
        long epochSecond = Math.floorDiv(clock.millis(), 1000L);
        Second known = second;
        if (known.epochSecond != epochSecond) {
            known = new Second(epochSecond, HttpDate.format(Instant.ofEpochSecond(epochSecond)));
            second = known;
        }
        return known.text;
    }
}
