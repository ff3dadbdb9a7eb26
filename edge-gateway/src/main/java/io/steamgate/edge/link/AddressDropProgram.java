package io.steamgate.edge.link;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.NetworkOrder;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/**
 * An eBPF program for traffic control that drops IPv4 packets to, and ARP requests for, the addresses of a map, and the
 * map. Assembled here and loaded by bpf(2): nothing is compiled and no tool is needed. Both live as long as their
 * descriptors or an attachment.
 */
final class AddressDropProgram implements AutoCloseable {
    static final int MOST_ADDRESSES = 4096;

    // Opcodes of the instruction set (RFC 9669).
    private static final int MOVE_REGISTER = 0xBF;
    private static final int MOVE_VALUE = 0xB7;
    private static final int ADD_VALUE = 0x07;
    private static final int LOAD_WORD = 0x61;
    private static final int LOAD_VALUE_64 = 0x18;
    private static final int JUMP = 0x05;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int JUMP_UNLESS_EQUAL = 0x55;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int FROM_MAP = 1;

    private static final int SKB_PROTOCOL = 16;
    private static final int HELPER_MAP_LOOKUP = 1;
    private static final int HELPER_SKB_LOAD_BYTES = 26;
    private static final int TC_ACT_UNSPEC = -1;
    private static final int TC_ACT_SHOT = 2;

    private static final int IPV4_DESTINATION = 14 + 16;
    private static final int ARP_TARGET = 14 + 24;

    private final int map;
    private final int program;

    private AddressDropProgram(int map, int program) {
        this.map = map;
        this.program = program;
    }

    /** @throws LinkException when the kernel does not take it from us, saying why */
    static AddressDropProgram load() {
        return load(Pins.NOWHERE);
    }

    /** As {@link #load()}, with the addresses that the last process left pinned. */
    static AddressDropProgram load(Pins pins) {
        int map = pins.findOrPin(
                "silent",
                () -> Bpf.createMap(Bpf.MapType.HASH, "sg_silent", Integer.BYTES, Integer.BYTES, MOST_ADDRESSES, 0));
        try {
            long[] code = assemble(map);
            byte[] instructions = new byte[code.length * Long.BYTES];
            MemorySegment.ofArray(instructions).copyFrom(MemorySegment.ofArray(code));
            return new AddressDropProgram(
                    map, Bpf.loadProgram(Bpf.ProgramType.CLASSIFIER, "sg_silence", instructions, "Apache-2.0"));
        } catch (LinkException e) {
            LinuxCalls.close(map);
            throw e;
        }
    }

    private static long[] assemble(int map) {
        // r6 = context; the address in question is loaded to the stack at r10 - 4, and looked up.
        return new long[] {
            instruction(MOVE_REGISTER, 6, 1, 0, 0),
            instruction(LOAD_WORD, 7, 1, SKB_PROTOCOL, 0),
            instruction(JUMP_IF_EQUAL, 7, 0, 3, networkOrder(0x0800)),
            instruction(JUMP_UNLESS_EQUAL, 7, 0, 15, networkOrder(0x0806)),
            instruction(MOVE_VALUE, 2, 0, 0, ARP_TARGET),
            instruction(JUMP, 0, 0, 1, 0),
            instruction(MOVE_VALUE, 2, 0, 0, IPV4_DESTINATION),
            instruction(MOVE_REGISTER, 1, 6, 0, 0),
            instruction(MOVE_REGISTER, 3, 10, 0, 0),
            instruction(ADD_VALUE, 3, 0, 0, -4),
            instruction(MOVE_VALUE, 4, 0, 0, 4),
            instruction(CALL, 0, 0, 0, HELPER_SKB_LOAD_BYTES),
            instruction(JUMP_UNLESS_EQUAL, 0, 0, 6, 0),
            instruction(LOAD_VALUE_64, 1, FROM_MAP, 0, map),
            0,
            instruction(MOVE_REGISTER, 2, 10, 0, 0),
            instruction(ADD_VALUE, 2, 0, 0, -4),
            instruction(CALL, 0, 0, 0, HELPER_MAP_LOOKUP),
            instruction(JUMP_UNLESS_EQUAL, 0, 0, 2, 0),
            instruction(MOVE_VALUE, 0, 0, 0, TC_ACT_UNSPEC),
            instruction(EXIT, 0, 0, 0, 0),
            instruction(MOVE_VALUE, 0, 0, 0, TC_ACT_SHOT),
            instruction(EXIT, 0, 0, 0, 0),
        };
    }

    /** Fields from the lowest byte up: opcode, destination and source register, offset, value. */
    private static long instruction(int code, int destination, int source, int offset, int value) {
        return (long) value << 32 | (offset & 0xFFFFL) << 16 | (long) source << 12 | (long) destination << 8 | code;
    }

    private static int networkOrder(int etherType) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                ? Short.reverseBytes((short) etherType) & 0xFFFF
                : etherType;
    }

    int descriptor() {
        return program;
    }

    /** The addresses in the map. */
    Set<Ipv4Address> addresses() {
        Set<Ipv4Address> found = new HashSet<>();
        Bpf.forEach(
                map,
                Integer.BYTES,
                Integer.BYTES,
                (key, value) -> found.add(new Ipv4Address(NetworkOrder.i32(key, 0))));
        return found;
    }

    void add(Ipv4Address address) {
        int result = Bpf.update(map, address.toBytes(), new byte[Integer.BYTES]);
        if (result < 0) {
            throw new LinkException(
                    "the kernel cannot be kept from answering for " + address + ": " + LinuxCalls.errorName(result));
        }
    }

    void remove(Ipv4Address address) {
        Bpf.delete(map, address.toBytes());
    }

    @Override
    public void close() {
        LinuxCalls.close(program);
        LinuxCalls.close(map);
    }
}
