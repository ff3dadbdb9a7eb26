package io.steamgate.edge.app;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.steamgate.edge.handoff.KernelHandshakes;
import io.steamgate.start.TrueOrFalse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything an operator can set, under {@code steamgate.edge}; docs/configuration.md describes each key. */
@ConfigMapping(prefix = "steamgate.edge")
public interface EdgeConfig {
    /** How frames are read and written. */
    enum Link {
        AF_PACKET,
        PCAP
    }

    /** Who forwards the packets of spliced flows. */
    enum DataPath {
        /** The kernel where it can, else this process. */
        AUTO,
        /** The kernel, or the edge does not start. */
        KERNEL,
        /** This process. */
        USER
    }

    /** {@code auto}, {@code kernel} or {@code user}. */
    @WithDefault("auto")
    DataPath dataPath();

    /** Flows that the kernel forwards at most; others take the user path. Its memory is taken at the start. */
    @WithDefault("131072")
    int kernelFlows();

    /** {@code flood}, {@code always} or {@code never}. */
    @WithDefault("flood")
    KernelHandshakes kernelHandshakes();

    /** Flows of datagrams at most, on either path; one more takes the place of the one used least recently. */
    @WithDefault("65536")
    int datagramFlows();

    /** A folder in a bpffs, where flows in the kernel outlive this process; without it they end with it. */
    Optional<String> bpffs();

    /** {@code af-packet} or {@code pcap}. */
    @WithDefault("af-packet")
    Link link();

    /** The network interfaces that the edge runs on, by the kernel's name. */
    Map<String, Interface> interfaces();

    /** One interface. */
    interface Interface {
        /** The stack's own addresses on it, with prefix length; the kernel must own none of them. */
        List<String> addresses();

        /** The 802.1Q VLAN whose frames the stack takes and sends; without it, untagged ones. */
        Optional<Integer> vlan();
    }

    /** Static routes, as {@code 0.0.0.0/0 via 192.0.2.1}. */
    Optional<List<String>> gateways();

    /** The addresses that clients connect to; each is one of an interface's addresses. */
    Optional<List<String>> vips();

    /** The routes file. */
    Optional<String> routes();

    /** How often the routes file is looked at. */
    @WithDefault("1s")
    Duration routesReload();

    /** Whether something between the edge and its endpoints replaces source addresses. */
    @WithDefault("false")
    @WithConverter(TrueOrFalse.class)
    boolean masquerade();

    /** Bytes that all connections being followed may be buffered with together. */
    @WithDefault("256M")
    io.quarkus.runtime.configuration.MemorySize followBudget();

    /** Handshakes remembered before SYN cookies answer. */
    @WithDefault("4096")
    int embryonicLimit();

    /** Records every frame into this pcap file. */
    Optional<String> record();

    /** Faults that every link injects, for tests: {@code loss=1%,seed=7}. */
    Optional<String> linkFaults();

    /** Echo (RFC 862) and time (RFC 867, 868) on the stack's own addresses. */
    @WithDefault("false")
    @WithConverter(TrueOrFalse.class)
    boolean echo();

    /** One log line for every connection that ended. */
    @WithDefault("true")
    @WithConverter(TrueOrFalse.class)
    boolean accessLog();
}
