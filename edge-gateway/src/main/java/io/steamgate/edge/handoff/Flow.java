package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.tcp.TcpAgreement;
import io.steamgate.edge.tcp.TcpSnapshot;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection that has been handed off, or datagrams that belong together: two splices and what is said about it. The edge holds no stream state for it.
 * All fields are the poll loop's.
 */
public sealed class Flow permits DatagramFlow {
    /** Where a flow stands. */
    public enum State {
        /** The handoff is still replaying: the entries are there, packets go to the stack. */
        PENDING,
        /** Both ends may send. */
        OPEN,
        /** Both have sent FIN: the entry stays for retransmissions. */
        CLOSED,
        /** One end has sent RST: the entry stays, and later traffic from an end that ignored it opens it again. */
        RESET
    }

    /**
     * The two connections that a flow joins, as address bits and ports.
     *
     * @param client the client's address
     * @param vip the address the client connected to
     * @param local this edge's address towards the endpoint, or the client's in transparent mode
     * @param endpoint the endpoint's address
     */
    public record Path(
            int client,
            int clientPort,
            int vip,
            int vipPort,
            int local,
            int localPort,
            int endpoint,
            int endpointPort) {}

    final long id;
    final Path path;
    final ListenerState listener;
    final EndpointState endpoint;
    final Optional<String> host;
    final long startedAt;
    final Splice toEndpoint;
    final Splice toClient;
    State state = State.PENDING;
    /** Of the loop's clock: the turn of the last packet either way. */
    long lastSeen;
    /** Runs when the flow first ends: what else was kept for its client goes too. */
    @Nullable
    Runnable atEnd;
    /** Reset, and the endpoint has said itself that it does not know the connection any more. */
    boolean endpointGone;
    /** A number outside of the endpoint's window, to ask with; and whether that was done again before the flow is forgotten. */
    int elsewhere;

    boolean askedAgain;
    /** SYNs of its client are {@link UserPath}'s. */
    boolean claimed;
    /** Out of the table: nothing refers to it any more but queues that have not noticed. */
    boolean gone;

    Flow(long id, Path path, ListenerState listener, EndpointState endpoint, Optional<String> host, long startedAt) {
        this.id = id;
        this.path = path;
        this.listener = listener;
        this.endpoint = endpoint;
        this.host = host;
        this.startedAt = startedAt;
        this.lastSeen = startedAt;
        toEndpoint = new Splice(this, Splice.Way.TO_ENDPOINT, path.client, path.vip, path.clientPort, path.vipPort);
        toEndpoint.leavesAs(path.local, path.endpoint, path.localPort, path.endpointPort);
        toClient = new Splice(this, Splice.Way.TO_CLIENT, path.endpoint, path.local, path.endpointPort, path.localPort);
        toClient.leavesAs(path.vip, path.client, path.vipPort, path.clientPort);
    }

    /**
     * Sets the deltas that join the two connections, both at rest: everything the client has sent is acknowledged by the
     * endpoint, and the other way round, so that the next bytes of each continue the same stream.
     *
     * @param front the client's connection as it left the stack
     * @param back the endpoint's
     */
    void splice(TcpSnapshot front, TcpSnapshot back) {
        toEndpoint.lastTsVal = back.tsNow();
        toClient.lastTsVal = front.tsNow();
        toEndpoint.seqDelta = back.sndMax() - front.rcvNxt();
        toEndpoint.ackDelta = back.rcvNxt() - front.sndMax();
        toClient.seqDelta = -toEndpoint.ackDelta;
        toClient.ackDelta = -toEndpoint.seqDelta;
        TcpAgreement client = front.agreement();
        TcpAgreement site = back.agreement();
        if (client.timestamps()) {
            // Each end goes on from the last timestamp that the edge itself has sent to the other: none goes back.
            toEndpoint.tsValDelta = back.tsNow() - front.tsRecent();
            toClient.tsValDelta = front.tsNow() - back.tsRecent();
            toEndpoint.tsEcrDelta = -toClient.tsValDelta;
            toClient.tsEcrDelta = -toEndpoint.tsValDelta;
        }
        // A window is announced with its sender's scale and read with the scale that the edge promised.
        toEndpoint.windowShift = client.sndWndShift() - site.rcvWndShift();
        toClient.windowShift = site.sndWndShift() - client.rcvWndShift();
        toEndpoint.finSeen = front.finReceived();
        toClient.finSeen = back.finReceived();
    }

    @Override
    public String toString() {
        return new Ipv4Address(path.client) + ":" + path.clientPort + " -> " + endpoint + " " + state;
    }
}
