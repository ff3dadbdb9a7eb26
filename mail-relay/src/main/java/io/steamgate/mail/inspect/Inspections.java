package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Optional;

/**
 * What looks at the messages of strangers.
 *
 * @param limit octets of a message that may wait in memory for what is written at its head; 0 for none
 */
public record Inspections(int limit, List<Inspector.Factory> factories) {
    public boolean isOff() {
        return factories.isEmpty();
    }

    /**
     * Begins to look at a message.
     *
     * @param dotted its content comes with dots doubled
     * @param ready is told that content is welcome again
     */
    public Inspection begin(Inspector.Subject subject, boolean dotted, Runnable ready) {
        return new Inspection(
                factories.stream().map(factory -> factory.begin(subject, ready)).toList(), dotted);
    }

    /** Where a message waits; empty if none is to. */
    public Optional<HeldMessage> hold(ByteBufAllocator allocator) {
        return limit > 0 ? Optional.of(new HeldMessage(allocator, limit)) : Optional.empty();
    }
}
