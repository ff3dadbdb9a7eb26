/** Devices that carry Ethernet frames: AF_PACKET, pcap, memory; and decorators that inject faults or record. */
@NullMarked
package io.steamgate.edge.link;

import org.jspecify.annotations.NullMarked;
