package io.steamgate.edge.link;

import io.steamgate.edge.wire.MacAddress;
import java.util.Optional;

/**
 * How an {@link AfPacketDevice} is opened.
 *
 * @param offload carry super-frames and partial checksums (PACKET_VNET_HDR)
 * @param vlan hand tagged frames over, tag in place; without, tagged frames are not for us and are filtered out
 * @param promiscuous hand over frames to any MAC address
 * @param mac an address of its own beside the interface's, for a VIP that takes its MAC along
 * @param receiveBuffer bytes the kernel may queue for us
 * @param sendBuffer bytes the kernel may queue for the wire
 * @param largeBatch frames taken at once, 1 to 64, while they are large ones (docs/dataplane-measurements.md)
 */
public record AfPacketSettings(
        boolean offload,
        boolean vlan,
        boolean promiscuous,
        Optional<MacAddress> mac,
        int receiveBuffer,
        int sendBuffer,
        int largeBatch) {

    public static AfPacketSettings defaults() {
        return new AfPacketSettings(true, false, false, Optional.empty(), 16 << 20, 16 << 20, 8);
    }

    public AfPacketSettings withoutOffload() {
        return new AfPacketSettings(false, vlan, promiscuous, mac, receiveBuffer, sendBuffer, largeBatch);
    }

    public AfPacketSettings withVlan() {
        return new AfPacketSettings(offload, true, promiscuous, mac, receiveBuffer, sendBuffer, largeBatch);
    }

    public AfPacketSettings withPromiscuous() {
        return new AfPacketSettings(offload, vlan, true, mac, receiveBuffer, sendBuffer, largeBatch);
    }

    public AfPacketSettings withMac(MacAddress own) {
        return new AfPacketSettings(
                offload, vlan, promiscuous, Optional.of(own), receiveBuffer, sendBuffer, largeBatch);
    }

    public AfPacketSettings withBuffers(int receiveBytes, int sendBytes) {
        return new AfPacketSettings(offload, vlan, promiscuous, mac, receiveBytes, sendBytes, largeBatch);
    }

    public AfPacketSettings withLargeBatch(int frames) {
        return new AfPacketSettings(offload, vlan, promiscuous, mac, receiveBuffer, sendBuffer, frames);
    }
}
