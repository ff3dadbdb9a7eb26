package io.steamgate.edge.handoff;

import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ServiceState;
import io.steamgate.edge.tcp.TcpEnd;
import io.steamgate.edge.tcp.TcpEvents;
import io.steamgate.edge.tcp.TcpState;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints' connections that a kept connection has left and may come back to: a client that alternates between two
 * services needs two connections and not one for each turn. In transparent mode there could not even be another one: its
 * ports would be those of the one before.
 */
final class ParkedLegs {
    /** A connection at rest: everything either end has sent on it is acknowledged. */
    record Parked(ServiceState service, EndpointState endpoint, Leg leg, Flow flow) {}

    private static final int MOST = 4;

    private final Gateway gateway;
    private final ArrayDeque<Parked> legs = new ArrayDeque<>(2);

    ParkedLegs(Gateway gateway) {
        this.gateway = gateway;
    }

    void park(ServiceState service, EndpointState endpoint, Leg leg, Flow flow) {
        Parked parked = new Parked(service, endpoint, leg, flow);
        leg.connection().events(new TcpEvents() {
            @Override
            public void readable() {
                // The endpoint hangs up, or says what nobody asked for.
                drop(parked);
            }

            @Override
            public void closed(TcpEnd reason) {
                legs.remove(parked);
                over(parked);
            }
        });
        // In transparent mode its packets are addressed to the client: the stack would not take them for its own.
        gateway.expectAgain(flow, (packet, splice) -> {
            gateway.tcp().receive(packet);
            return false;
        });
        legs.addLast(parked);
        if (legs.size() > MOST) {
            drop(legs.getFirst());
        }
    }

    /** The connection to a service, if there is one and it is still good; it is not parked any more. */
    @Nullable
    Parked take(ServiceState service) {
        for (Parked parked : legs) {
            if (parked.service == service
                    && parked.leg.connection().state() == TcpState.ESTABLISHED
                    && parked.leg.connection().readable() == 0) {
                legs.remove(parked);
                return parked;
            }
        }
        return null;
    }

    /** The client is gone: so are these. */
    void close() {
        while (!legs.isEmpty()) {
            drop(legs.getFirst());
        }
    }

    private void drop(Parked parked) {
        if (legs.remove(parked)) {
            parked.leg.connection().close();
        }
    }

    private void over(Parked parked) {
        parked.endpoint.flowClosed();
        gateway.left(parked.flow);
        gateway.serviceSide().release(parked.leg);
    }
}
