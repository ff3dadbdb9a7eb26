package io.steamgate.edge.stack;

/**
 * An ICMP error as transports see it.
 *
 * @param type ICMP type: 3 unreachable, 11 time exceeded, 12 parameter problem
 * @param code ICMP code
 * @param nextHopMtu of "fragmentation needed" (RFC 1191), in bytes; where the router did not say, the next plateau below
 *     the quoted packet's length (section 7); 0 of other errors
 */
public record IcmpError(int type, int code, int nextHopMtu) {
    public boolean fragmentationNeeded() {
        return type == 3 && code == 4;
    }

    public boolean portUnreachable() {
        return type == 3 && code == 3;
    }

    /** Host or network unreachable, time exceeded: may pass, so a connection only takes note (RFC 5461). */
    public boolean soft() {
        return type == 11 || type == 3 && (code == 0 || code == 1 || code == 5);
    }
}
