/** Ethernet to IP: NICs, ARP, IPv4, ICMP, UDP and the route table, run by one poll loop. */
@NullMarked
package io.steamgate.edge.stack;

import org.jspecify.annotations.NullMarked;
