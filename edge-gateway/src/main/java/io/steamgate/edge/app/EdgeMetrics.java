package io.steamgate.edge.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.steamgate.edge.handoff.DataPathCounters;
import io.steamgate.edge.handoff.DatagramPath;
import io.steamgate.edge.handoff.FlowEnd;
import io.steamgate.edge.handoff.FlowView;
import io.steamgate.edge.handoff.Gateway;
import io.steamgate.edge.handoff.HandoffCounters;
import io.steamgate.edge.link.LinkCounters;
import io.steamgate.edge.route.RouteFile;
import io.steamgate.edge.runtime.Counter;
import io.steamgate.edge.runtime.CounterFamily;
import io.steamgate.edge.stack.DropReason;
import io.steamgate.edge.stack.Nic;
import io.steamgate.edge.stack.PollCounters;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpCounters;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Shows the counters of every floor to Prometheus as {@code steamgate_edge_*}; docs/metrics.md describes each. The floors
 * count in plain counters of the poll loop; nothing here is on the packet path but the handoff histogram.
 */
@ApplicationScoped
public class EdgeMetrics {
    private final MeterRegistry registry;
    private final Timer handoffs;
    private final CounterFamily ends = new CounterFamily();
    private volatile @Nullable EndpointMeters endpoints;

    EdgeMetrics(MeterRegistry registry) {
        this.registry = registry;
        handoffs = Timer.builder("steamgate.edge.handoff")
                .description("Time from a client's handshake to the splice, followers and replay included")
                .serviceLevelObjectives(
                        Duration.ofNanos(250_000),
                        Duration.ofNanos(500_000),
                        Duration.ofMillis(1),
                        Duration.ofNanos(2_500_000),
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5))
                .register(registry);
    }

    void handoff(long nanos) {
        handoffs.record(Duration.ofNanos(nanos));
    }

    void ended(FlowView flow, FlowEnd end) {
        ends.of(end.label()).increment();
    }

    /** Other endpoints may be there now. */
    void routesChanged() {
        EndpointMeters meters = endpoints;
        if (meters != null) {
            meters.refresh();
        }
    }

    /** How flows ended. */
    CounterFamily ends() {
        return ends;
    }

    /** Registers everything the running edge counts. */
    void bind(Stack stack, Tcp tcp, Gateway gateway, DataPath dataPath, PollLoop loop, RouteFile routes) {
        for (DropReason reason : DropReason.values()) {
            count(
                    "steamgate.edge.dropped.frames",
                    "Frames that went no further",
                    stack.drops().of(reason),
                    "reason",
                    reason.label());
        }
        for (Nic nic : stack.nics()) {
            LinkCounters link = nic.device().counters();
            String name = nic.toString();
            count("steamgate.edge.link.received.frames", "Frames received", link.receivedFrames(), "interface", name);
            count("steamgate.edge.link.received.bytes", "Bytes received", link.receivedBytes(), "interface", name);
            count("steamgate.edge.link.sent.frames", "Frames sent", link.sentFrames(), "interface", name);
            count("steamgate.edge.link.sent.bytes", "Bytes sent", link.sentBytes(), "interface", name);
            count(
                    "steamgate.edge.link.receive.dropped.frames",
                    "Frames lost because the loop was late",
                    link.receiveDropped(),
                    "interface",
                    name);
            count(
                    "steamgate.edge.link.send.failed.frames",
                    "Frames the wire refused",
                    link.sendFailed(),
                    "interface",
                    name);
        }
        bind(tcp.counters());
        bind(gateway);
        bind(dataPath);
        bind(loop.counters());
        count(
                "steamgate.edge.arp.conflicts",
                "Packets of other hosts that claimed an address of the edge",
                stack.arp().conflicts());
        gauge(
                "steamgate.edge.neighbors",
                "Next hops known",
                stack,
                e -> e.neighbors().size());
        gauge(
                "steamgate.edge.fragments.bytes",
                "Bytes held by fragments that wait to be whole",
                stack,
                e -> e.fragmentBytes());
        gauge(
                "steamgate.edge.routes.generation",
                "Routes put in force since the start",
                routes,
                e -> e.loaded().map(l -> (double) l.generation()).orElse(0.0));
        gauge(
                "steamgate.edge.routes.refused",
                "1 while the routes file has errors and the last good one is in force",
                routes,
                e -> e.lastError().isPresent() ? 1 : 0);
        EndpointMeters meters = new EndpointMeters(registry, gateway.routes());
        meters.refresh();
        endpoints = meters;
    }

    private void bind(Gateway gateway) {
        HandoffCounters handoff = gateway.counters();
        family(
                "steamgate.edge.connections.accepted",
                "Connections whose handshake was completed",
                handoff.accepted(),
                "listener");
        family("steamgate.edge.follower.decisions", "What followers decided", handoff.decisions(), "decision");
        family("steamgate.edge.flows.spliced", "Connections spliced", handoff.spliced(), "service");
        family(
                "steamgate.edge.flows.relayed",
                "Connections served as two, because an endpoint agreed to less",
                handoff.relayed(),
                "service");
        family(
                "steamgate.edge.endpoint.failures",
                "Endpoints that did not take a connection",
                handoff.endpointFailures(),
                "how");
        family(
                "steamgate.edge.followed.requests",
                "Requests decided on kept connections",
                handoff.followed(),
                "outcome");
        family(
                "steamgate.edge.flows.adopted",
                "Flows that the process before this one has left in the kernel",
                handoff.adopted(),
                "outcome");
        family("steamgate.edge.flows.ended", "Flows that ended", ends, "end");
        count("steamgate.edge.flows.unavailable", "Connections that no endpoint was left for", handoff.unavailable());
        count(
                "steamgate.edge.ports.exhausted",
                "Times an endpoint was passed over for want of a port",
                handoff.portsExhausted());
        count(
                "steamgate.edge.connections.idle",
                "Connections ended because nobody used them before, or without, a splice",
                handoff.idle());
        count("steamgate.edge.clients.left", "Clients that went before they were decided", handoff.clientLeft());
        gauge(
                "steamgate.edge.flows.open",
                "Flows that may carry traffic",
                gateway,
                g -> g.path().open());
        gauge(
                "steamgate.edge.flows.lingering",
                "Ended flows whose entries are kept",
                gateway,
                g -> g.path().lingering());
        gauge("steamgate.edge.connections.following", "Connections not decided yet", gateway, Gateway::following);
        gauge(
                "steamgate.edge.follow.reserved.bytes",
                "Bytes that undecided connections may be buffered with",
                gateway,
                Gateway::followReserved);
        gauge("steamgate.edge.ports.used", "Local ports in use towards endpoints", gateway, Gateway::portsInUse);
        bind(gateway.datagrams());
        DataPathCounters path = gateway.path().counters();
        forwarded("user", path);
        count("steamgate.edge.path.held.packets", "Packets dropped until flows were adopted", path.held());
        count("steamgate.edge.path.malformed.packets", "Packets of flows with a broken TCP header", path.malformed());
        count(
                "steamgate.edge.path.expired.packets",
                "Packets of flows whose time to live ran out",
                path.lifetimeExceeded());
        count("steamgate.edge.path.icmp.errors", "ICMP errors about flows that were passed on", path.icmpErrors());
        count(
                "steamgate.edge.flows.revived",
                "Flows that went on after a reset that their end ignored",
                path.revived());
    }

    private void bind(DatagramPath datagrams) {
        gauge("steamgate.edge.datagram.flows", "Flows of datagrams", datagrams, DatagramPath::flows);
        family(
                "steamgate.edge.datagram.flows.opened",
                "Flows of datagrams that began",
                datagrams.counters().opened(),
                "listener");
        family(
                "steamgate.edge.datagram.flows.ended",
                "Flows of datagrams that ended",
                datagrams.counters().ended(),
                "end");
        family(
                "steamgate.edge.refused.datagrams",
                "Datagrams that began no flow",
                datagrams.counters().refused(),
                "reason");
        count(
                "steamgate.edge.malformed.datagrams",
                "Datagrams with a wrong length or checksum",
                datagrams.counters().malformed());
    }

    private void forwarded(String path, DataPathCounters counters) {
        String packets = "steamgate.edge.path.packets";
        String bytes = "steamgate.edge.path.bytes";
        count(packets, "Packets forwarded", counters.packetsToEndpoints(), "path", path, "to", "endpoint");
        count(packets, "Packets forwarded", counters.packetsToClients(), "path", path, "to", "client");
        family(bytes, "Bytes forwarded", counters.bytesToEndpoints(), "service", "path", path, "to", "endpoint");
        family(bytes, "Bytes forwarded", counters.bytesToClients(), "service", "path", path, "to", "client");
    }

    private void bind(DataPath dataPath) {
        for (String path : List.of("kernel", "user")) {
            Gauge.builder(
                            "steamgate.edge.data.path",
                            dataPath,
                            chosen -> chosen.name().equals(path) ? 1 : 0)
                    .description("1 for the data path that was chosen at the start")
                    .tags("path", path, "obstacle", dataPath.obstacle())
                    .register(registry);
        }
        forwarded("kernel", dataPath.counters());
        gauge("steamgate.edge.kernel.splices", "Splices that the kernel forwards by", dataPath, DataPath::splices);
        FunctionCounter.builder("steamgate.edge.kernel.full.flows", dataPath, DataPath::full)
                .description("Flows that took the user path for want of room in the kernel's maps")
                .register(registry);
        FunctionCounter.builder("steamgate.edge.kernel.refused.splices", dataPath, DataPath::refused)
                .description("Splices that the kernel did not take")
                .register(registry);
    }

    private void bind(TcpCounters tcp) {
        count("steamgate.edge.tcp.handshakes", "Passive opens", tcp.handshakesStarted, "stage", "started");
        count("steamgate.edge.tcp.handshakes", "Passive opens", tcp.handshakesCompleted, "stage", "completed");
        count("steamgate.edge.tcp.handshakes", "Passive opens", tcp.handshakesFailed, "stage", "failed");
        count("steamgate.edge.tcp.handshakes", "Passive opens", tcp.synsNotAdmitted, "stage", "not-admitted");
        count("steamgate.edge.tcp.connects", "Active opens", tcp.connectsStarted, "stage", "started");
        count("steamgate.edge.tcp.connects", "Active opens", tcp.connectsCompleted, "stage", "completed");
        count("steamgate.edge.tcp.connects", "Active opens", tcp.connectsFailed, "stage", "failed");
        count("steamgate.edge.tcp.syn.cookies", "SYN cookies", tcp.cookiesSent, "event", "sent");
        count("steamgate.edge.tcp.syn.cookies", "SYN cookies", tcp.cookiesSentBelow, "event", "sent-by-kernel");
        count("steamgate.edge.tcp.syn.cookies", "SYN cookies", tcp.cookiesAccepted, "event", "accepted");
        count("steamgate.edge.tcp.syn.cookies", "SYN cookies", tcp.cookiesRejected, "event", "rejected");
        count("steamgate.edge.tcp.retransmitted.segments", "Segments sent again", tcp.retransmittedSegments);
        count("steamgate.edge.tcp.timeouts", "Expiries of retransmission timers", tcp.timeouts);
        count("steamgate.edge.tcp.resets", "Resets", tcp.resetsSent, "event", "sent");
        count("steamgate.edge.tcp.resets", "Resets", tcp.resetsReceived, "event", "received");
        count("steamgate.edge.tcp.resets", "Resets", tcp.resetsSuppressed, "event", "suppressed");
        count("steamgate.edge.tcp.challenge.acks", "Challenge ACKs (RFC 5961)", tcp.challengeAcks);
        count("steamgate.edge.tcp.dropped.segments", "Segments dropped", tcp.badChecksum, "reason", "bad-checksum");
        count("steamgate.edge.tcp.dropped.segments", "Segments dropped", tcp.outOfWindow, "reason", "out-of-window");
        count("steamgate.edge.tcp.dropped.segments", "Segments dropped", tcp.pawsRejected, "reason", "old-timestamp");
        count("steamgate.edge.tcp.dropped.segments", "Segments dropped", tcp.badAcks, "reason", "bad-ack");
        count("steamgate.edge.tcp.dropped.segments", "Segments dropped", tcp.unexpected, "reason", "no-connection");
        gauge("steamgate.edge.tcp.connections", "Connections the edge terminates now", tcp.connections, Counter::get);
        gauge("steamgate.edge.tcp.embryonic", "Handshakes under way", tcp.embryonic, Counter::get);
        gauge("steamgate.edge.tcp.time.waits", "TIME-WAIT entries", tcp.timeWaits, Counter::get);
    }

    private void bind(PollCounters loop) {
        count("steamgate.edge.loop.turns", "Turns of the poll loop", loop.turns());
        count("steamgate.edge.loop.batches", "Batches of frames received", loop.batches());
        count("steamgate.edge.loop.failures", "Exceptions on the poll loop: each is a bug", loop.failures());
        FunctionCounter.builder(
                        "steamgate.edge.loop.busy.seconds",
                        loop,
                        l -> l.busyNanos().get() / 1e9)
                .description("Time spent in turns that had work")
                .register(registry);
    }

    /** @param tags that all of the family have, besides {@code label} */
    private void family(String name, String description, CounterFamily family, String label, String... tags) {
        family.watch((value, counter) -> FunctionCounter.builder(name, counter, Counter::get)
                .description(description)
                .tags(tags)
                .tag(label, value)
                .register(registry));
    }

    private void count(String name, String description, Counter counter, String... tags) {
        FunctionCounter.builder(name, counter, Counter::get)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private <T> void gauge(String name, String description, T of, ToDoubleFunction<T> value) {
        Gauge.builder(name, of, value).description(description).register(registry);
    }
}
