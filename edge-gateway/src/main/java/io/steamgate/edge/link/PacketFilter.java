package io.steamgate.edge.link;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What a packet socket is handed at all, as a classic BPF program (the kernel's Documentation/networking/filter.rst): a
 * host's other traffic then costs the stack nothing. Filters save work, they decide nothing: the stack checks every frame
 * itself.
 */
public final class PacketFilter {
    private static final int LOAD_WORD = 0x20;
    private static final int LOAD_HALF = 0x28;
    private static final int LOAD_BYTE = 0x30;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_GREATER = 0x25;
    private static final int JUMP_GREATER_EQUAL = 0x35;
    private static final int JUMP_SET = 0x45;
    private static final int RETURN = 0x06;

    /** The whole frame; MTUs are shorter. */
    private static final int ALL = 0x40000;

    /** Ancillary data: SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT. */
    private static final int TAG_PRESENT = -0x1000 + 48;

    private static final int ETHER_TYPE = 12;
    private static final int IPV4 = 0x0800;
    private static final int ARP = 0x0806;
    private static final int PROTOCOL = 14 + 9;
    private static final int DESTINATION = 14 + 16;
    private static final int IGMP = 2;

    /** So many ranges fit the 4096 instructions of a program. */
    private static final int MOST_RANGES = 1000;

    private record Instruction(int code, int ifTrue, int ifFalse, int value) {}

    private final List<Instruction> instructions;

    private PacketFilter(List<Instruction> instructions) {
        this.instructions = instructions;
    }

    /** Every frame. */
    public static PacketFilter everything() {
        List<Instruction> program = new ArrayList<>();
        accept(program);
        return new PacketFilter(program);
    }

    /** ARP, and IPv4 to {@code mac} or to a group: for a side that routes packets to addresses that are not its own. */
    public static PacketFilter ipv4(MacAddress mac) {
        List<Instruction> program = new ArrayList<>();
        arp(program);
        program.add(new Instruction(LOAD_BYTE, 0, 0, 0));
        program.add(new Instruction(JUMP_SET, 0, 1, 1));
        accept(program);
        program.add(new Instruction(LOAD_WORD, 0, 0, 0));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, (int) (mac.bits() >>> 16)));
        drop(program);
        program.add(new Instruction(LOAD_HALF, 0, 0, 4));
        acceptIfEqual(program, (int) (mac.bits() & 0xFFFF));
        drop(program);
        return new PacketFilter(program);
    }

    /**
     * ARP, IGMP, and IPv4 to one of {@code addresses} (own ones, groups joined, directed broadcasts) or to the limited
     * broadcast.
     *
     * @throws LinkException when the addresses are more than a thousand scattered ranges, which no program can hold
     */
    public static PacketFilter addresses(Collection<Ipv4Address> addresses) {
        List<Integer> sorted = addresses.stream()
                .map(Ipv4Address::bits)
                .distinct()
                .sorted(Integer::compareUnsigned)
                .toList();
        List<Instruction> program = new ArrayList<>();
        arp(program);
        program.add(new Instruction(LOAD_BYTE, 0, 0, PROTOCOL));
        acceptIfEqual(program, IGMP);
        program.add(new Instruction(LOAD_WORD, 0, 0, DESTINATION));
        acceptIfEqual(program, Ipv4Address.BROADCAST.bits());
        int ranges = 0;
        for (int i = 0; i < sorted.size(); ranges++) {
            int first = sorted.get(i);
            int last = first;
            for (i++; i < sorted.size() && sorted.get(i) == last + 1; i++) {
                last++;
            }
            acceptIfBetween(program, first, last);
        }
        if (ranges > MOST_RANGES) {
            throw new LinkException(ranges + " scattered address ranges on one interface; the most is " + MOST_RANGES
                    + ": give them as consecutive addresses");
        }
        drop(program);
        return new PacketFilter(program);
    }

    /**
     * This filter for a device without VLANs: the kernel takes tags out of frames, so that a tagged one, which is not for
     * us, would pass as untagged.
     */
    PacketFilter untagged() {
        List<Instruction> program = new ArrayList<>();
        program.add(new Instruction(LOAD_BYTE, 0, 0, TAG_PRESENT));
        program.add(new Instruction(JUMP_EQUAL, 1, 0, 0));
        drop(program);
        program.addAll(instructions);
        return new PacketFilter(program);
    }

    private static void arp(List<Instruction> program) {
        program.add(new Instruction(LOAD_HALF, 0, 0, ETHER_TYPE));
        acceptIfEqual(program, ARP);
        program.add(new Instruction(JUMP_EQUAL, 1, 0, IPV4));
        drop(program);
    }

    private static void acceptIfEqual(List<Instruction> program, int value) {
        program.add(new Instruction(JUMP_EQUAL, 0, 1, value));
        accept(program);
    }

    private static void acceptIfBetween(List<Instruction> program, int first, int last) {
        if (first == last) {
            acceptIfEqual(program, first);
            return;
        }
        program.add(new Instruction(JUMP_GREATER_EQUAL, 0, 2, first));
        program.add(new Instruction(JUMP_GREATER, 1, 0, last));
        accept(program);
    }

    private static void accept(List<Instruction> program) {
        program.add(new Instruction(RETURN, 0, 0, ALL));
    }

    private static void drop(List<Instruction> program) {
        program.add(new Instruction(RETURN, 0, 0, 0));
    }

    /** A {@code sock_fprog}: {u16 length; pointer to sock_filter[]}. */
    MemorySegment program(Arena arena) {
        MemorySegment code = arena.allocate(8L * instructions.size(), 8);
        for (int i = 0; i < instructions.size(); i++) {
            Instruction instruction = instructions.get(i);
            code.set(ValueLayout.JAVA_SHORT, 8L * i, (short) instruction.code);
            code.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) instruction.ifTrue);
            code.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) instruction.ifFalse);
            code.set(ValueLayout.JAVA_INT, 8L * i + 4, instruction.value);
        }
        MemorySegment program = LinuxCalls.struct(arena, 16);
        program.set(ValueLayout.JAVA_SHORT, 0, (short) instructions.size());
        program.set(ValueLayout.JAVA_LONG, 8, code.address());
        return program;
    }
}
