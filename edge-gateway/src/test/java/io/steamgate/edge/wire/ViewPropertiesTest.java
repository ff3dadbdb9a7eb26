package io.steamgate.edge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.Chance;
import io.steamgate.edge.wire.IgmpView.Report;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What is written is read back; and whatever is read, no accessor of a view that wrapped it throws. */
class ViewPropertiesTest {
    private static final int OFFSET = 3;

    private static final int TRIES = 1000;

    private static MacAddress mac(Chance chance) {
        return new MacAddress(chance.between(0, 0xFFFF_FFFF_FFFFL));
    }

    private static Ipv4Address address(Chance chance) {
        return new Ipv4Address(chance.bits());
    }

    @Test
    void ethernet() {
        Chance.tries(TRIES, chance -> {
            EthernetView.Header header = new EthernetView.Header(
                    mac(chance), mac(chance), chance.between(0, 4094), chance.between(0x8101, 0xFFFF));
            MemorySegment memory = Octets.memory(new byte[64]);
            int length = header.emit(memory, OFFSET);
            assertThat(length).isEqualTo(header.length());
            assertThat(EthernetView.Header.parse(memory, OFFSET, length)).contains(header);
        });
    }

    @Test
    void arp() {
        Chance.tries(TRIES, chance -> {
            ArpView.Packet packet = new ArpView.Packet(
                    chance.between(1, 2), mac(chance), address(chance), mac(chance), address(chance));
            MemorySegment memory = Octets.memory(new byte[64]);
            assertThat(ArpView.Packet.parse(memory, OFFSET, packet.emit(memory, OFFSET)))
                    .contains(packet);
        });
    }

    @Test
    void ipv4() {
        Chance.tries(TRIES, chance -> {
            Ipv4View.Header header = new Ipv4View.Header(
                    address(chance),
                    address(chance),
                    chance.between(0, 255),
                    chance.between(0, 255),
                    chance.between(0, 255),
                    chance.between(0, 0xFFFF),
                    chance.once(2),
                    chance.once(2),
                    chance.between(0, 8191) * 8,
                    chance.between(0, 1480));
            MemorySegment memory = Octets.memory(new byte[1600]);
            header.emit(memory, OFFSET);
            assertThat(Ipv4View.Header.parse(memory, OFFSET, 20 + header.payloadLength()))
                    .contains(header);
        });
    }

    @Test
    void udp() {
        Chance.tries(TRIES, chance -> {
            byte[] payload = chance.octets(100);
            Ipv4Address source = address(chance);
            Ipv4Address destination = address(chance);
            MemorySegment memory = Octets.memory(new byte[128]);
            MemorySegment.copy(payload, 0, memory, java.lang.foreign.ValueLayout.JAVA_BYTE, OFFSET + 8, payload.length);
            UdpView.Header header =
                    new UdpView.Header(chance.between(0, 0xFFFF), chance.between(0, 0xFFFF), payload.length);
            int length = header.emit(memory, OFFSET, source, destination);
            assertThat(UdpView.Header.parse(memory, OFFSET, length, source, destination))
                    .contains(header);
        });
    }

    @Test
    void icmp() {
        Chance.tries(TRIES, chance -> {
            MemorySegment memory = Octets.memory(new byte[128]);
            IcmpView.Header header = new IcmpView.Header(
                    chance.between(0, 255), chance.between(0, 255), chance.bits(), chance.between(0, 100));
            assertThat(IcmpView.Header.parse(memory, OFFSET, header.emit(memory, OFFSET)))
                    .contains(header);
        });
    }

    @Test
    void igmp() {
        Chance.tries(TRIES, chance -> {
            MemorySegment memory = Octets.memory(new byte[128]);
            IgmpView.Message message =
                    new IgmpView.Message(chance.between(0, 255), chance.between(0, 255), address(chance));
            assertThat(IgmpView.Message.parse(memory, OFFSET, message.emit(memory, OFFSET)))
                    .contains(message);
            Report report =
                    new Report(chance.list(0, 8, () -> new Report.GroupRecord(chance.between(1, 6), address(chance))));
            assertThat(Report.parse(memory, OFFSET, report.emit(memory, OFFSET)))
                    .contains(report);
        });
    }

    /** The memory ends where the bytes end, so a read past them throws. */
    @Test
    void no_accessor_throws_whatever_was_wrapped() {
        Chance.tries(20_000, chance -> readsEverything(chance.octets(80), (byte) chance.between(0, 15)));
    }

    private static void readsEverything(byte[] bytes, byte words) {
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
