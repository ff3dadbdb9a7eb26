package io.steamgate.state.store;

import java.time.Instant;
import java.util.Optional;

/**
 * A spliced connection, with all that another edge needs to continue it.
 *
 * @param listener name of the listener that accepted it
 * @param service name of the service it went to
 * @param host that the client asked for
 * @param local the edge's own end towards the endpoint
 * @param toEndpoint what is made of the client's packets
 * @param toClient what is made of the endpoint's packets
 * @param started by the clock of the edge that made it
 */
public record Flow(
        Key key,
        String listener,
        String service,
        Optional<String> host,
        Point local,
        Point endpoint,
        Way toEndpoint,
        Way toClient,
        Instant started) {
    /**
     * @param protocol IP's number of it; 6 is TCP
     */
    public record Key(int protocol, Point client, Point vip) {}

    /**
     * @param address 4 or 16 bytes, network order
     */
    public record Point(Blob address, int port) {}

    /**
     * One direction. Deltas are added modulo 2^32.
     *
     * @param seqDelta to the sequence number
     * @param ackDelta to the acknowledgment number and every SACK edge
     * @param tsValDelta to TSval
     * @param tsEcrDelta to TSecr
     * @param windowShift of the window field, left if positive
     * @param lastTsVal the highest TSval sent; a new edge must not go below (RFC 7323 section 5.5)
     * @param finSeen whether this side has ended its stream
     */
    public record Way(
            int seqDelta,
            int ackDelta,
            int tsValDelta,
            int tsEcrDelta,
            int windowShift,
            int lastTsVal,
            boolean finSeen) {}
}
