package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.runtime.CounterFamily;

/**
 * What became of the connections that clients opened.
 *
 * @param accepted by listener
 * @param decisions by what the follower said: {@code route}, or the reason of a refusal
 * @param spliced by service
 * @param relayed by service: served as two terminated connections, because an endpoint agreed to less
 * @param endpointFailures by how: refused, timed_out, unreachable, ...
 * @param unavailable connections that no endpoint was left for
 * @param portsExhausted times an endpoint was passed over because every port towards it was in use
 * @param idle connections that the stack held and that were ended because nobody used them
 * @param clientLeft clients that went before they were decided
 * @param followed requests decided on kept connections, by outcome: {@code stayed}, {@code moved}, {@code broken},
 *     {@code out-of-order}, {@code damaged}, {@code repeated}
 * @param adopted flows that the process before this one has left: {@code kept} or {@code broken-off}
 */
public record HandoffCounters(
        CounterFamily accepted,
        CounterFamily decisions,
        CounterFamily spliced,
        CounterFamily relayed,
        CounterFamily endpointFailures,
        Counter unavailable,
        Counter portsExhausted,
        Counter idle,
        Counter clientLeft,
        CounterFamily followed,
        CounterFamily adopted) {
    public HandoffCounters() {
        this(
                new CounterFamily(),
                new CounterFamily(),
                new CounterFamily(),
                new CounterFamily(),
                new CounterFamily(),
                new Counter(),
                new Counter(),
                new Counter(),
                new Counter(),
                new CounterFamily(),
                new CounterFamily());
    }
}
