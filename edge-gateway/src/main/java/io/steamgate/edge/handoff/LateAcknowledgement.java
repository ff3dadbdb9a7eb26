package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Timers.Timer;
import io.steamgate.edge.tcp.TcpSnapshot;

/**
 * What a client is owed at the splice: that its request has arrived, and how large the endpoint's window is. The endpoint's
 * answer says both, most often at once; where it does not come, the edge says so itself. One packet less for most connections.
 */
final class LateAcknowledgement {
    /** Less than any stack's own delay (RFC 1122 section 4.2.3.2 allows half a second). */
    private static final long DELAY = 20 * Clock.NANOS_PER_MILLI;

    private final Gateway gateway;
    private final Flow flow;
    private final TcpSnapshot client;
    private final int window;

    private LateAcknowledgement(Gateway gateway, Flow flow, TcpSnapshot client, int window) {
        this.gateway = gateway;
        this.flow = flow;
        this.client = client;
        this.window = window;
    }

    /** @param window the endpoint's, in bytes */
    static void owe(Gateway gateway, Flow flow, TcpSnapshot client, int window) {
        LateAcknowledgement owed = new LateAcknowledgement(gateway, flow, client, window);
        gateway.timers().armIn(new Timer(owed::say), DELAY);
    }

    private void say() {
        if (flow.state == Flow.State.OPEN && !flow.gone && !gateway.path().answered(flow)) {
            gateway.tcp().acknowledge(client, window);
        }
    }
}
