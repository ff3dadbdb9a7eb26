package io.steamgate.mail.inspect;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.steamgate.mail.policy.Action;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/**
 * What is to be looked at in the messages of strangers.
 *
 * @param hostname the name under which results are written down
 * @param limit octets of a message that may wait in memory for its mark; 0 for no marks
 * @param workers threads that may wait for DNS
 * @param random for the share of messages that a domain's DMARC record names
 */
public record Inspections(
        String hostname,
        Action dkim,
        Action dmarc,
        int limit,
        TxtLookup dns,
        Executor workers,
        RandomGenerator random) {
    public boolean isOff() {
        return dkim == Action.OFF && dmarc == Action.OFF;
    }

    /**
     * Begins to look at a message.
     *
     * @param sender the domain for which SPF has passed
     * @param dotted its content comes with dots doubled
     * @param ready is told that content is welcome again
     */
    public Inspection begin(EventLoop loop, Optional<String> sender, boolean dotted, Runnable ready) {
        return new Inspection(this, loop, sender, dotted, ready);
    }

    /** Where a message waits for its mark; empty if none is marked. */
    public Optional<HeldMessage> hold(ByteBufAllocator allocator) {
        return limit > 0 ? Optional.of(new HeldMessage(allocator, limit)) : Optional.empty();
    }
}
