package io.steamgate.edge.link;

import io.steamgate.edge.wire.Frame;
import io.steamgate.edge.wire.NetworkOrder;

/** The little that devices know of the frames they carry: where the packet begins (IEEE 802.3, 802.1Q). */
final class EthernetFrame {
    static final int HEADER = 14;
    static final int TAG = 4;
    static final int ETHER_TYPE = 12;
    static final int VLAN = 0x8100;

    private EthernetFrame() {}

    /** Bytes behind the Ethernet header and, where there is one, the 802.1Q tag: what an MTU limits. */
    static int packetLength(Frame frame) {
        if (frame.length() < HEADER) {
            return 0;
        }
        boolean tagged = NetworkOrder.u16(frame.memory(), frame.start() + ETHER_TYPE) == VLAN;
        return frame.length() - HEADER - (tagged ? TAG : 0);
    }
}
