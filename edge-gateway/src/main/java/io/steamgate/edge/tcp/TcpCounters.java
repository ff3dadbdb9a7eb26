package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Counter;

/** What one TCP has seen and done. */
public final class TcpCounters {
    /** Segments that reached TCP. */
    public final Counter segmentsReceived = new Counter();
    /** Segments sent, retransmissions included. */
    public final Counter segmentsSent = new Counter();
    /** Headers or lengths that make no sense. */
    public final Counter malformed = new Counter();

    public final Counter badChecksum = new Counter();

    /** Passive opens: SYNs answered. */
    public final Counter handshakesStarted = new Counter();

    public final Counter handshakesCompleted = new Counter();
    /** Passive opens that were given up: no ACK, reset, or pushed out. */
    public final Counter handshakesFailed = new Counter();
    /** SYNs dropped because the listener did not admit them. */
    public final Counter synsNotAdmitted = new Counter();

    public final Counter cookiesSent = new Counter();
    /** By a {@link CookieOffload}. */
    public final Counter cookiesSentBelow = new Counter();

    public final Counter cookiesAccepted = new Counter();
    public final Counter cookiesRejected = new Counter();

    public final Counter connectsStarted = new Counter();
    public final Counter connectsCompleted = new Counter();
    public final Counter connectsFailed = new Counter();

    /** Gauge: connections past the handshake. */
    public final Counter connections = new Counter();
    /** Gauge: handshakes under way. */
    public final Counter embryonic = new Counter();
    /** Gauge: TIME-WAIT entries. */
    public final Counter timeWaits = new Counter();
    /** TIME-WAIT entries pushed out by younger ones. */
    public final Counter timeWaitsEvicted = new Counter();
    /** Entries of TIME-WAIT that a new SYN took over (RFC 6191). */
    public final Counter timeWaitsReused = new Counter();

    public final Counter detached = new Counter();
    public final Counter resumed = new Counter();

    public final Counter retransmittedSegments = new Counter();
    /** Expiries of the retransmission timer. */
    public final Counter timeouts = new Counter();

    public final Counter fastRecoveries = new Counter();
    /** Segments sent to hear early whether the end of a flight was lost. */
    public final Counter tailLossProbes = new Counter();

    public final Counter windowProbes = new Counter();
    public final Counter keepAlives = new Counter();

    public final Counter resetsSent = new Counter();
    public final Counter resetsReceived = new Counter();
    /** Resets that the rate limit held back. */
    public final Counter resetsSuppressed = new Counter();

    public final Counter challengeAcks = new Counter();
    public final Counter challengeAcksSuppressed = new Counter();
    /** Segments outside the window. */
    public final Counter outOfWindow = new Counter();
    /** Segments whose timestamp is too old (RFC 7323 section 5). */
    public final Counter pawsRejected = new Counter();
    /** Acknowledgements of what was never sent, or too old (RFC 5961 section 5). */
    public final Counter badAcks = new Counter();

    public final Counter outOfOrder = new Counter();
    /** Segments that brought nothing new. */
    public final Counter duplicates = new Counter();

    public final Counter duplicateAcks = new Counter();
    /** ICMP errors that quote no connection or no byte in flight (RFC 5927). */
    public final Counter icmpIgnored = new Counter();

    public final Counter icmpAccepted = new Counter();
    /** Segments for no connection and no listener. */
    public final Counter unexpected = new Counter();
    /** Segments IP had no route for. */
    public final Counter unsent = new Counter();
}
