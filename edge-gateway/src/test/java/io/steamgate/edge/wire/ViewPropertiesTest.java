package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.wire.IgmpView.Report;
import java.lang.foreign.MemorySegment;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.ByteRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What is written is read back; and whatever is read, no accessor of a view that wrapped it throws. */
class ViewPropertiesTest {
    private static final int OFFSET = 3;

    @Provide
    Arbitrary<MacAddress> macs() {
        return Arbitraries.longs().between(0, 0xFFFF_FFFF_FFFFL).map(MacAddress::new);
    }

    @Provide
    Arbitrary<Ipv4Address> addresses() {
        return Arbitraries.integers().map(Ipv4Address::new);
    }

    @Property
    void ethernet(
            @ForAll("macs") MacAddress destination,
            @ForAll("macs") MacAddress source,
            @ForAll @IntRange(max = 4094) int vlan,
            @ForAll @IntRange(min = 0x8101, max = 0xFFFF) int type) {
        EthernetView.Header header = new EthernetView.Header(destination, source, vlan, type);
        MemorySegment memory = Octets.memory(new byte[64]);
        int length = header.emit(memory, OFFSET);
        assertThat(length).isEqualTo(header.length());
        assertThat(EthernetView.Header.parse(memory, OFFSET, length)).contains(header);
    }

    @Property
    void arp(
            @ForAll @IntRange(min = 1, max = 2) int operation,
            @ForAll("macs") MacAddress senderMac,
            @ForAll("addresses") Ipv4Address sender,
            @ForAll("macs") MacAddress targetMac,
            @ForAll("addresses") Ipv4Address target) {
        ArpView.Packet packet = new ArpView.Packet(operation, senderMac, sender, targetMac, target);
        MemorySegment memory = Octets.memory(new byte[64]);
        assertThat(ArpView.Packet.parse(memory, OFFSET, packet.emit(memory, OFFSET)))
                .contains(packet);
    }

    @Provide
    Arbitrary<Ipv4View.Header> ipv4Headers() {
        return Combinators.combine(
                        addresses(),
                        addresses(),
                        Arbitraries.integers().between(0, 0xFFFFFF),
                        Arbitraries.integers().between(0, 0xFFFF),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(0, 8191),
                        Arbitraries.integers().between(0, 1480))
                .as((source, destination, bytes, id, flags, offset, length) -> new Ipv4View.Header(
                        source,
                        destination,
                        bytes & 0xFF,
                        bytes >>> 8 & 0xFF,
                        bytes >>> 16,
                        id,
                        (flags & 1) != 0,
                        (flags & 2) != 0,
                        offset * 8,
                        length));
    }

    @Property
    void ipv4(@ForAll("ipv4Headers") Ipv4View.Header header) {
        MemorySegment memory = Octets.memory(new byte[1600]);
        header.emit(memory, OFFSET);
        assertThat(Ipv4View.Header.parse(memory, OFFSET, 20 + header.payloadLength()))
                .contains(header);
    }

    @Property
    void udp(
            @ForAll @IntRange(max = 0xFFFF) int from,
            @ForAll @IntRange(max = 0xFFFF) int to,
            @ForAll @Size(max = 100) byte[] payload,
            @ForAll("addresses") Ipv4Address source,
            @ForAll("addresses") Ipv4Address destination) {
        MemorySegment memory = Octets.memory(new byte[128]);
        MemorySegment.copy(payload, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, OFFSET + 8, payload.length);
        UdpView.Header header = new UdpView.Header(from, to, payload.length);
        int length = header.emit(memory, OFFSET, source, destination);
        assertThat(UdpView.Header.parse(memory, OFFSET, length, source, destination))
                .contains(header);
    }

    @Property
    void icmp(
            @ForAll @IntRange(max = 255) int type,
            @ForAll @IntRange(max = 255) int code,
            @ForAll int rest,
            @ForAll @IntRange(max = 100) int body) {
        MemorySegment memory = Octets.memory(new byte[128]);
        IcmpView.Header header = new IcmpView.Header(type, code, rest, body);
        assertThat(IcmpView.Header.parse(memory, OFFSET, header.emit(memory, OFFSET)))
                .contains(header);
    }

    @Provide
    Arbitrary<List<Report.GroupRecord>> records() {
        return Combinators.combine(Arbitraries.integers().between(1, 6), addresses())
                .as(Report.GroupRecord::new)
                .list()
                .ofMaxSize(8);
    }

    @Property
    void igmp(
            @ForAll @IntRange(max = 255) int type,
            @ForAll @IntRange(max = 255) int response,
            @ForAll("addresses") Ipv4Address group,
            @ForAll("records") List<Report.GroupRecord> records) {
        MemorySegment memory = Octets.memory(new byte[128]);
        IgmpView.Message message = new IgmpView.Message(type, response, group);
        assertThat(IgmpView.Message.parse(memory, OFFSET, message.emit(memory, OFFSET)))
                .contains(message);
        Report report = new Report(records);
        assertThat(Report.parse(memory, OFFSET, report.emit(memory, OFFSET))).contains(report);
    }

    /** The memory ends where the bytes end, so a read past them throws. */
    @Property(tries = 20_000)
    void no_accessor_throws_whatever_was_wrapped(
            @ForAll @Size(max = 80) byte[] bytes, @ForAll @ByteRange(min = 0, max = 15) byte words) {
        if (bytes.length > 0) {
            // Random first octets are hardly ever a version of 4: half of the tries have one.
            bytes[0] = (words & 1) == 0 ? (byte) (0x40 | words) : bytes[0];
        }
        MemorySegment memory = Octets.memory(bytes).asSlice(0, bytes.length);
        EthernetView ethernet = new EthernetView();
        if (ethernet.wrap(memory, 0, bytes.length)) {
            assertThat(ethernet.toString() + ethernet.payloadOffset()).isNotEmpty();
            assertThat(ethernet.payloadLength()).isNotNegative();
        }
        ArpView arp = new ArpView();
        if (arp.wrap(memory, 0, bytes.length)) {
            assertThat(arp.toString()).isNotEmpty();
        }
        Ipv4View ipv4 = new Ipv4View();
        if (ipv4.wrap(memory, 0, bytes.length)) {
            assertThat(ipv4.toString() + ipv4.checksumValid()).isNotEmpty();
            assertThat(ipv4.payloadOffset() + ipv4.payloadLength()).isLessThanOrEqualTo(bytes.length);
        }
        if (ipv4.wrapQuoted(memory, 0, bytes.length)) {
            assertThat(ipv4.toString() + ipv4.checksumValid()).isNotEmpty();
            assertThat(ipv4.payloadOffset()).isLessThanOrEqualTo(bytes.length);
        }
        UdpView udp = new UdpView();
        if (udp.wrap(memory, 0, bytes.length)) {
            assertThat(udp.toString() + udp.checksumValid(1, 2)).isNotEmpty();
            assertThat(udp.payloadOffset() + udp.payloadLength()).isLessThanOrEqualTo(bytes.length);
        }
        IcmpView icmp = new IcmpView();
        if (icmp.wrap(memory, 0, bytes.length)) {
            assertThat(icmp.toString() + icmp.checksumValid() + icmp.nextHopMtu() + icmp.bodyLength())
                    .isNotEmpty();
        }
        IgmpView igmp = new IgmpView();
        if (igmp.wrap(memory, 0, bytes.length)) {
            assertThat(igmp.toString() + igmp.checksumValid() + igmp.maxResponse())
                    .isNotEmpty();
        }
        assertThat(Report.parse(memory, 0, bytes.length)).isNotNull();
    }
}
