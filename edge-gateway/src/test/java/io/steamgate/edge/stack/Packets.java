package io.steamgate.edge.stack;

import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.EthernetView;
import io.steamgate.edge.wire.IcmpView;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4View;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.Octets;
import io.steamgate.edge.wire.UdpView;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Frames as other hosts send them, and what is in frames that were sent. */
public final class Packets {
    private Packets() {}

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    public static byte[] ethernet(MacAddress to, MacAddress from, int type, byte[] payload) {
        return ethernet(to, from, 0, type, payload);
    }

    public static byte[] ethernet(MacAddress to, MacAddress from, int vlan, int type, byte[] payload) {
        MemorySegment memory = Octets.memory(new byte[18]);
        int length = new EthernetView.Header(to, from, vlan, type).emit(memory, 0);
        return join(Octets.from(memory, 0, length), payload);
    }

    public static byte[] arp(
            MacAddress to, int operation, MacAddress sender, Ipv4Address senderIp, MacAddress target, Ipv4Address ip) {
        MemorySegment memory = Octets.memory(new byte[ArpView.LENGTH]);
        new ArpView.Packet(operation, sender, senderIp, target, ip).emit(memory, 0);
        return ethernet(to, sender, EthernetView.ARP, Octets.from(memory, 0, ArpView.LENGTH));
    }

    public static byte[] ipv4(Ipv4View.Header header, byte[] payload) {
        MemorySegment memory = Octets.memory(new byte[20]);
        header.emit(memory, 0);
        return join(Octets.from(memory, 0, 20), payload);
    }

    public static byte[] ipv4(Ipv4Address from, Ipv4Address to, int protocol, byte[] payload) {
        return ipv4(new Ipv4View.Header(from, to, protocol, payload.length), payload);
    }

    public static byte[] udp(Ipv4Address from, int fromPort, Ipv4Address to, int toPort, byte[] payload) {
        MemorySegment memory = Octets.memory(join(new byte[8], payload));
        int length = new UdpView.Header(fromPort, toPort, payload.length).emit(memory, 0, from, to);
        return Octets.from(memory, 0, length);
    }

    public static byte[] icmp(int type, int code, int rest, byte[] body) {
        MemorySegment memory = Octets.memory(join(new byte[8], body));
        int length = new IcmpView.Header(type, code, rest, body.length).emit(memory, 0);
        return Octets.from(memory, 0, length);
    }

    /** {@code length} bytes that count up. */
    public static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 >>> 2);
        }
        return bytes;
    }

    /** What is behind the Ethernet header of an untagged frame. */
    public static byte[] packet(byte[] frame) {
        return Arrays.copyOfRange(frame, EthernetView.HEADER, frame.length);
    }

    /** What is behind the IPv4 header, of an untagged frame. */
    public static byte[] payload(byte[] frame) {
        byte[] packet = packet(frame);
        return Arrays.copyOfRange(packet, (packet[0] & 0xF) * 4, header(frame).payloadLength() + (packet[0] & 0xF) * 4);
    }

    public static EthernetView.Header link(byte[] frame) {
        return EthernetView.Header.parse(Octets.memory(frame), 0, frame.length).orElseThrow();
    }

    public static ArpView.Packet arp(byte[] frame) {
        return ArpView.Packet.parse(Octets.memory(frame), EthernetView.HEADER, frame.length - EthernetView.HEADER)
                .orElseThrow();
    }

    /** The IPv4 header of an untagged frame; its checksum was right. */
    public static Ipv4View.Header header(byte[] frame) {
        return Ipv4View.Header.parse(Octets.memory(frame), EthernetView.HEADER, frame.length - EthernetView.HEADER)
                .orElseThrow();
    }

    /** The ICMP header of an untagged frame; its checksum was right. */
    public static IcmpView.Header icmp(byte[] frame) {
        byte[] payload = payload(frame);
        return IcmpView.Header.parse(Octets.memory(payload), 0, payload.length).orElseThrow();
    }
}
