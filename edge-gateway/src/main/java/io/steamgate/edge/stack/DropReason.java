package io.steamgate.edge.stack;

import java.util.Locale;

/** Why a frame or packet went no further. Each is counted; none is logged. */
public enum DropReason {
    // Ethernet
    TRUNCATED_FRAME,
    NOT_OUR_MAC,
    WRONG_VLAN,
    UNKNOWN_ETHER_TYPE,
    // ARP
    MALFORMED_ARP,
    ARP_FOR_OTHERS,
    ARP_MISMATCH,
    NEIGHBOR_QUEUE_FULL,
    NEIGHBOR_UNREACHABLE,
    NEIGHBOR_TABLE_FULL,
    // IPv4
    MALFORMED_IP,
    BAD_IP_CHECKSUM,
    MARTIAN_SOURCE,
    NOT_OUR_ADDRESS,
    UNKNOWN_PROTOCOL,
    NOT_UNICAST,
    // Fragments
    MALFORMED_FRAGMENT,
    FRAGMENT_OVERLAP,
    FRAGMENT_MEMORY,
    FRAGMENT_TIMEOUT,
    // ICMP, IGMP
    MALFORMED_ICMP,
    BAD_ICMP_CHECKSUM,
    ICMP_UNKNOWN_TYPE,
    ICMP_QUOTE_NOT_OURS,
    ICMP_RATE_LIMIT,
    MALFORMED_IGMP,
    // UDP
    MALFORMED_UDP,
    BAD_UDP_CHECKSUM,
    UDP_PORT_CLOSED,
    // Output
    NO_ROUTE,
    TOO_BIG,
    /** A packet that needs hardware, a partial checksum or segmentation, met a device without any. */
    OFFLOAD_UNAVAILABLE;

    /** As a metric's label shows it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
