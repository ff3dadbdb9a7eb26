package io.steamgate.mail.destination;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** What is told the time once a second, on one event loop: cheaper than a timer for each question of each connection. */
public final class Ticker {
    /** Somebody with a deadline. */
    @FunctionalInterface
    public interface Ticking {
        /** @param now in nanoseconds of the same clock for all */
        void tick(long now);
    }

    private final Set<Ticking> members = new LinkedHashSet<>();

    public void add(Ticking member) {
        members.add(member);
    }

    public void remove(Ticking member) {
        members.remove(member);
    }

    /** Tells all members; they may leave meanwhile. */
    public void tick(long now) {
        for (Ticking member : new ArrayList<>(members)) {
            member.tick(now);
        }
    }
}
