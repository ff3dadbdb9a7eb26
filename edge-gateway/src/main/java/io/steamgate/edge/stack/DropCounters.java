package io.steamgate.edge.stack;

import io.steamgate.edge.runtime.Counter;

/** One counter for each {@link DropReason} of one stack. */
public final class DropCounters {
    private static final DropReason[] REASONS = DropReason.values();

    private final Counter[] counters = new Counter[REASONS.length];

    public DropCounters() {
        for (int i = 0; i < counters.length; i++) {
            counters[i] = new Counter();
        }
    }

    public void count(DropReason reason) {
        counters[reason.ordinal()].increment();
    }

    public Counter of(DropReason reason) {
        return counters[reason.ordinal()];
    }

    public long total() {
        long total = 0;
        for (Counter counter : counters) {
            total += counter.get();
        }
        return total;
    }

    /** What was dropped, as in {@code not-our-mac=3 no-route=1}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (DropReason reason : REASONS) {
            if (of(reason).get() != 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(reason.label())
                        .append('=')
                        .append(of(reason));
            }
        }
        return text.toString();
    }
}
