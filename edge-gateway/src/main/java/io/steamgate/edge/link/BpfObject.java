package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * A relocatable ELF file with eBPF programs, as clang writes it (RFC 9669; ELF-64): one program a section, references to
 * maps by symbol. What the kernel cannot load from a file itself is done here: descriptors of maps take the places of the
 * references to them.
 */
final class BpfObject {
    private static final int SECTION_HEADERS = 40;
    private static final int SECTION_COUNT = 60;
    private static final int SECTION_NAMES = 62;
    private static final int HEADER_BYTES = 64;
    private static final int TYPE_SYMBOLS = 2;
    private static final int TYPE_RELOCATIONS = 9;
    private static final int SYMBOL_BYTES = 24;
    private static final int RELOCATION_BYTES = 16;
    /** In the upper half of an instruction's second byte: the value is a map's descriptor. */
    private static final int FROM_MAP = 1 << 4;

    private record Section(String name, int type, int offset, int size, int link, int info) {}

    private final MemorySegment file;
    private final Section[] sections;

    private BpfObject(byte[] octets) {
        file = MemorySegment.ofArray(octets);
        int headers = (int) file.get(JAVA_LONG_UNALIGNED, SECTION_HEADERS);
        int count = file.get(JAVA_SHORT_UNALIGNED, SECTION_COUNT);
        int names = file.get(
                JAVA_INT_UNALIGNED, headers + (long) file.get(JAVA_SHORT_UNALIGNED, SECTION_NAMES) * HEADER_BYTES + 24);
        sections = new Section[count];
        for (int i = 0; i < count; i++) {
            long at = headers + (long) i * HEADER_BYTES;
            sections[i] = new Section(
                    file.getString(names + (long) file.get(JAVA_INT_UNALIGNED, at)),
                    file.get(JAVA_INT_UNALIGNED, at + 4),
                    (int) file.get(JAVA_LONG_UNALIGNED, at + 24),
                    (int) file.get(JAVA_LONG_UNALIGNED, at + 32),
                    file.get(JAVA_INT_UNALIGNED, at + 40),
                    file.get(JAVA_INT_UNALIGNED, at + 44));
        }
    }

    /** @throws IllegalStateException when this build has no such resource */
    static BpfObject ofResource(String name) {
        try (InputStream in = BpfObject.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("this build lacks " + name);
            }
            return new BpfObject(in.readAllBytes());
        } catch (IOException e) {
            throw new IllegalStateException(name + " cannot be read", e);
        }
    }

    /**
     * The instructions of a section.
     *
     * @param maps descriptors by the name that the program knows them by
     */
    byte[] program(String section, Map<String, Integer> maps) {
        int index = indexOf(section);
        Section code = sections[index];
        byte[] instructions = new byte[code.size];
        MemorySegment.copy(file, code.offset, MemorySegment.ofArray(instructions), 0, code.size);
        MemorySegment program = MemorySegment.ofArray(instructions);
        for (Section relocations : sections) {
            if (relocations.type != TYPE_RELOCATIONS || relocations.info != index) {
                continue;
            }
            for (int at = relocations.offset; at < relocations.offset + relocations.size; at += RELOCATION_BYTES) {
                long instruction = file.get(JAVA_LONG_UNALIGNED, at);
                int symbol = (int) (file.get(JAVA_LONG_UNALIGNED, at + 8L) >>> 32);
                String name = symbol(relocations.link, symbol);
                Integer map = maps.get(name);
                if (map == null) {
                    throw new IllegalStateException("the program in " + section + " asks for a map " + name);
                }
                instructions[(int) instruction + 1] |= FROM_MAP;
                program.set(JAVA_INT_UNALIGNED, instruction + 4, map);
            }
        }
        return instructions;
    }

    /** The licence that the object states. */
    String license() {
        Section license = sections[indexOf("license")];
        return file.getString(license.offset);
    }

    private int indexOf(String name) {
        for (int i = 0; i < sections.length; i++) {
            if (sections[i].name.equals(name)) {
                return i;
            }
        }
        throw new IllegalStateException("the object has no section " + name);
    }

    private String symbol(int table, int number) {
        Section symbols = sections[table];
        if (symbols.type != TYPE_SYMBOLS) {
            throw new IllegalStateException("section " + symbols.name + " holds no symbols");
        }
        int name = file.get(JAVA_INT_UNALIGNED, symbols.offset + (long) number * SYMBOL_BYTES);
        return file.getString(sections[symbols.link].offset + (long) name);
    }
}
