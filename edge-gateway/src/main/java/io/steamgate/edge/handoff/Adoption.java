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
 * listener or endpoint the routes have no more are broken off. So are those that were followed, whose place in the messages
 * nobody knows now; unless a body of known length is under way, which passes first.
 */
final class Adoption {
    /**
     * A flow and its splices' numbers.
     *
     * @param bodies of one that goes on only to the end of what is under way
     */
    record Adopted(Flow flow, int toEndpoint, int toClient, Optional<LastBodies.Ends> bodies) {}

    /**
     * A flow that cannot go on, and the sequence numbers by which its ends can be told. Of one that was not followed nobody has
     * noted them: its ends are told when they next send.
     */
    record Lost(Flow.Path path, boolean followed, int clientExpects, int endpointExpects) {}

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
        Flow.Path path = new Flow.Path(
                toEndpoint.source,
                toEndpoint.ports >>> 16,
                toEndpoint.destination,
                toEndpoint.ports & 0xFFFF,
                toEndpoint.newSource,
                toEndpoint.newPorts >>> 16,
                toEndpoint.newDestination,
                toEndpoint.newPorts & 0xFFFF);
        if (!udp && table.splices().ended(number) && table.splices().ended(partner)) {
            // It had ended, and this was not noticed any more.
            strays.add(number);
            strays.add(partner);
            return;
        }
        boolean followed = toEndpoint.flags != 0 || toClient.flags != 0;
        if (listener.isEmpty() || endpoint.isEmpty()) {
            lose(path, udp, followed, partner, number);
            return;
        }
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
        Optional<LastBodies.Ends> bodies = Optional.empty();
        if (followed) {
            LastBodies.Ends ends = new LastBodies.Ends(end(toEndpoint, partner), end(toClient, number));
            boolean held = (toEndpoint.flags | toClient.flags) != SpliceRules.FOLLOWED;
            if (held || !LastBodies.underWay(flow, ends)) {
                lose(path, udp, true, partner, number);
                return;
            }
            bodies = Optional.of(ends);
        }
        adopted.add(new Adopted(flow, partner, number, bodies));
    }

    private void lose(Flow.Path path, boolean udp, boolean followed, int toEndpoint, int toClient) {
        if (!udp) {
            lost.add(new Lost(
                    path,
                    followed,
                    table.splices().ack(toEndpoint),
                    table.splices().ack(toClient)));
        }
        strays.add(toClient);
        strays.add(toEndpoint);
    }

    /** What one end of a followed flow has said last. */
    private FollowedEnd end(SpliceRules rules, int number) {
        FollowedEnd end = new FollowedEnd();
        end.ack = table.splices().ack(number);
        end.window = table.splices().window(number);
        end.position = table.splices().highest(number);
        end.followAt = rules.followAt;
        return end;
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
