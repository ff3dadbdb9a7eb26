package io.steamgate.edge.handoff;

import io.steamgate.edge.link.SpliceIndex;
import io.steamgate.edge.link.SpliceOrigins;
import io.steamgate.edge.link.SpliceRules;
import io.steamgate.edge.link.SpliceTable;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.route.ListenerState;
import io.steamgate.edge.route.LiveRoutes;
import io.steamgate.edge.route.ServiceState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What a process that ended has left in the kernel, made flows again. A flow is known again by its two splices; those whose
 * listener or endpoint the routes have no more, and those that were followed, whose place in the messages nobody knows
 * now, are broken off.
 */
final class Adoption {
    /** A flow and its splices' numbers. */
    record Adopted(Flow flow, int toEndpoint, int toClient) {}

    /** A flow that cannot go on: who has to be told, and by what sequence number. */
    record Lost(SpliceRules toEndpoint, int clientExpects, int endpointExpects) {}

    private final SpliceTable table;
    private final DatagramPath datagrams;
    private final LiveRoutes routes;
    private final List<Adopted> adopted = new ArrayList<>();
    private final List<Lost> lost = new ArrayList<>();
    private final List<Integer> strays = new ArrayList<>();

    Adoption(SpliceTable table, LiveRoutes routes, DatagramPath datagrams) {
        this.table = table;
        this.routes = routes;
        this.datagrams = datagrams;
        table.tcp().forEach(number -> look(number, table.tcp()));
        table.udp().forEach(number -> look(number, table.udp()));
    }

    List<Adopted> adopted() {
        return adopted;
    }

    List<Lost> lost() {
        return lost;
    }

    /** Splices of no flow that goes on. */
    List<Integer> strays() {
        return strays;
    }

    /** What stands for a name where there is no room for it. */
    static int hash(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    private void look(int number, SpliceIndex among) {
        SpliceOrigins.Origin origin = table.origins().read(number);
        int partner = origin.partner();
        boolean whole = among.has(partner)
                && among.entered(partner)
                && table.origins().read(partner).partner() == number;
        if (!whole) {
            strays.add(number);
            return;
        }
        if (!origin.toClient()) {
            // Its partner speaks for both.
            return;
        }
        boolean udp = among == table.udp();
        SpliceRules toEndpoint = table.splices().rules(partner);
        SpliceRules toClient = table.splices().rules(number);
        Optional<ListenerState> listener = routes.listeners().stream()
                .filter(state -> hash(state.listener().name()) == origin.listener()
                        && state.listener().protocol().datagrams() == udp)
                .findFirst();
        Optional<EndpointState> endpoint = endpoint(origin.service(), toEndpoint);
        boolean over = table.splices().ended(number) && table.splices().ended(partner);
        if (over || toEndpoint.flags != 0 || toClient.flags != 0 || listener.isEmpty() || endpoint.isEmpty()) {
            if (!over && !udp) {
                lost.add(new Lost(
                        toEndpoint,
                        table.splices().ack(partner),
                        table.splices().ack(number)));
            }
            strays.add(number);
            strays.add(partner);
            return;
        }
        Flow.Path path = new Flow.Path(
                toEndpoint.source,
                toEndpoint.ports >>> 16,
                toEndpoint.destination,
                toEndpoint.ports & 0xFFFF,
                toEndpoint.newSource,
                toEndpoint.newPorts >>> 16,
                toEndpoint.newDestination,
                toEndpoint.newPorts & 0xFFFF);
        Flow flow = udp
                ? new DatagramFlow(
                        origin.flow(),
                        path,
                        datagrams.laneOf(listener.get()),
                        endpoint.get(),
                        new byte[0],
                        origin.startedAt())
                : new Flow(
                        origin.flow(),
                        path,
                        listener.get(),
                        endpoint.get(),
                        Optional.of(origin.host()).filter(host -> !host.isEmpty()),
                        origin.startedAt());
        restore(flow.toEndpoint, toEndpoint, partner);
        restore(flow.toClient, toClient, number);
        adopted.add(new Adopted(flow, partner, number));
    }

    private void restore(Splice splice, SpliceRules rules, int number) {
        splice.seqDelta = rules.seqDelta;
        splice.ackDelta = rules.ackDelta;
        splice.tsValDelta = rules.tsValDelta;
        splice.tsEcrDelta = rules.tsEcrDelta;
        splice.windowShift = rules.windowShift;
        splice.neighbor = rules.neighbor;
        splice.lastTsVal = table.splices().tsVal(number);
        splice.finSeen = table.splices().ended(number);
    }

    private Optional<EndpointState> endpoint(int service, SpliceRules toEndpoint) {
        for (ServiceState state : routes.services()) {
            if (hash(state.name()) == service) {
                for (EndpointState endpoint : state.endpoints()) {
                    if (endpoint.endpoint().address().bits() == toEndpoint.newDestination
                            && endpoint.endpoint().portFor(toEndpoint.ports & 0xFFFF)
                                    == (toEndpoint.newPorts & 0xFFFF)) {
                        return Optional.of(endpoint);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
