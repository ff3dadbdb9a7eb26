package io.steamgate.edge.handoff;

import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.Locale;
import java.util.Optional;

/**
 * A flow as others see it: values that do not change, taken on the poll loop.
 *
 * @param transport {@code tcp} or {@code udp}
 * @param state {@code open}, {@code closed} or {@code reset}
 * @param local the edge's side towards the endpoint, or the client's own in transparent mode
 * @param ageSeconds since the splice was begun
 * @param idleSeconds since the last packet
 * @param bytesToEndpoint of IP packets, headers included
 * @param followed whether requests on it are still looked at
 */
public record FlowView(
        long id,
        String transport,
        String state,
        String listener,
        String service,
        Optional<String> host,
        String client,
        String vip,
        String local,
        String endpoint,
        double ageSeconds,
        double idleSeconds,
        long packetsToEndpoint,
        long bytesToEndpoint,
        long packetsToClient,
        long bytesToClient,
        boolean followed) {

    static FlowView of(Flow flow, long now) {
        Flow.Path path = flow.path;
        return new FlowView(
                flow.id,
                flow instanceof DatagramFlow ? "udp" : "tcp",
                flow.state.name().toLowerCase(Locale.ROOT),
                flow.listener.listener().name(),
                flow.endpoint.serviceName(),
                flow.host,
                socket(path.client(), path.clientPort()),
                socket(path.vip(), path.vipPort()),
                socket(path.local(), path.localPort()),
                socket(path.endpoint(), path.endpointPort()),
                seconds(now - flow.startedAt),
                seconds(now - flow.lastSeen),
                flow.toEndpoint.packets,
                flow.toEndpoint.bytes,
                flow.toClient.packets,
                flow.toClient.bytes,
                flow.toClient.watch != null);
    }

    private static String socket(int address, int port) {
        return new Ipv4Address(address) + ":" + port;
    }

    private static double seconds(long nanos) {
        return Math.round(nanos / (double) Clock.NANOS_PER_MILLI) / 1000.0;
    }
}
