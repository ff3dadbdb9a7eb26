package io.steamgate.edge.tcp;

import io.steamgate.edge.runtime.Clock;

/**
 * An active open.
 *
 * @param localAddress {@code int} bits of an address of this stack
 * @param localPort chosen by the caller
 * @param remoteAddress where to
 * @param remotePort where to
 * @param offer sent exactly as given
 * @param receiveLimit bytes the application will buffer
 * @param firstTimeoutNanos how long the first SYN waits for an answer; doubled for each further one (RFC 6298)
 * @param tries how many SYNs are sent before {@link TcpEnd#TIMED_OUT}
 */
public record ConnectRequest(
        int localAddress,
        int localPort,
        int remoteAddress,
        int remotePort,
        SynOffer offer,
        int receiveLimit,
        long firstTimeoutNanos,
        int tries) {
    /** Three SYNs, the first waits one second. */
    public static ConnectRequest of(
            int localAddress, int localPort, int remoteAddress, int remotePort, SynOffer offer, int receiveLimit) {
        return new ConnectRequest(
                localAddress, localPort, remoteAddress, remotePort, offer, receiveLimit, Clock.NANOS_PER_SECOND, 3);
    }

    public ConnectRequest withSchedule(long firstTimeoutNanos, int tries) {
        return new ConnectRequest(
                localAddress, localPort, remoteAddress, remotePort, offer, receiveLimit, firstTimeoutNanos, tries);
    }
}
