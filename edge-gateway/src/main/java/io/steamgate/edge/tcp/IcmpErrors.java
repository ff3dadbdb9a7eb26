package io.steamgate.edge.tcp;

import io.steamgate.edge.stack.IcmpError;
import org.jspecify.annotations.Nullable;

/**
 * What TCP makes of ICMP errors (RFC 5461, RFC 5927): they are believed only where they quote a sequence number that is in
 * flight, they end only a connection that is not established yet, and they shrink the path MTU.
 */
final class IcmpErrors {
    /** RFC 1191 section 7.1, for routers that do not say the next hop's MTU. */
    private static final int[] PLATEAUS = {32_000, 17_914, 8166, 4352, 2002, 1492, 1006, Tcp.LEAST_PATH_MTU};

    private final Tcp tcp;
    private final Handshakes handshakes;
    private final TcpCounters counters;

    IcmpErrors(Tcp tcp, Handshakes handshakes) {
        this.tcp = tcp;
        this.handshakes = handshakes;
        counters = tcp.counters();
    }

    void receive(IcmpError error, @Nullable TcpEntry entry, int destination, int seq) {
        boolean believed = switch (entry) {
            case TcpConnection connection -> connection(error, connection, destination, seq);
            case Embryo embryo -> embryo(error, embryo, seq);
            case TimeWait _ -> false;
            case null -> false;
        };
        (believed ? counters.icmpAccepted : counters.icmpIgnored).increment();
    }

    private boolean connection(IcmpError error, TcpConnection connection, int destination, int seq) {
        Sender sender = connection.sender();
        if (Seq.before(seq, sender.sndUna) || !Seq.before(seq, sender.sndNxt)) {
            return false;
        }
        if (error.fragmentationNeeded()) {
            int mtu = error.nextHopMtu() > 0 ? error.nextHopMtu() : plateauBelow(connection.pathMtu());
            if (mtu < 68 || mtu >= connection.pathMtu()) {
                return false;
            }
            tcp.output().pathMtuReduced(destination, Math.max(mtu, Tcp.LEAST_PATH_MTU));
            connection.pathMtu(mtu);
            return true;
        }
        if (connection.state() == TcpState.SYN_SENT) {
            // RFC 5461 section 4.1: there is another endpoint to try, so even a soft error is an answer.
            counters.connectsFailed.increment();
            connection.end(error.type() == 3 && error.code() == 3 ? TcpEnd.REFUSED : TcpEnd.UNREACHABLE);
            connection.settle();
        }
        return true;
    }

    private boolean embryo(IcmpError error, Embryo embryo, int seq) {
        if (seq != embryo.iss) {
            return false;
        }
        if (!error.soft() && !error.fragmentationNeeded()) {
            handshakes.unreachable(embryo);
        }
        return true;
    }

    private static int plateauBelow(int mtu) {
        for (int plateau : PLATEAUS) {
            if (plateau < mtu) {
                return plateau;
            }
        }
        return Tcp.LEAST_PATH_MTU;
    }
}
