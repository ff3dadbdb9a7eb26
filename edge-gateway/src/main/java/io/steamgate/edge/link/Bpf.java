package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The commands of bpf(2) that this package uses, with {@code union bpf_attr} laid out here and nowhere else. Maps and
 * programs live as long as their descriptors, an attachment or a pin.
 */
final class Bpf {
    /** Kinds of maps, by {@code enum bpf_map_type}. */
    enum MapType {
        HASH(1),
        ARRAY(2);

        private final int number;

        MapType(int number) {
            this.number = number;
        }
    }

    /** Kinds of programs, by {@code enum bpf_prog_type}. */
    enum ProgramType {
        SOCKET_FILTER(1),
        CLASSIFIER(3);

        private final int number;

        ProgramType(int number) {
            this.number = number;
        }
    }

    /** The array's memory can be mapped: {@code BPF_F_MMAPABLE}. */
    static final int MAPPABLE = 1 << 10;
    /** An attachment before all others of the interface: {@code BPF_F_BEFORE}. */
    static final int BEFORE = 1 << 3;

    private static final int MAP_CREATE = 0;
    private static final int MAP_UPDATE = 2;
    private static final int MAP_DELETE = 3;
    private static final int PROGRAM_LOAD = 5;
    private static final int OBJECT_PIN = 6;
    private static final int OBJECT_GET = 7;
    private static final int MAP_LOOKUP_BATCH = 24;
    private static final int MAP_UPDATE_BATCH = 26;
    private static final int MAP_DELETE_BATCH = 27;
    private static final int OBJECT_INFO = 15;
    private static final int LINK_CREATE = 28;
    private static final int LINK_UPDATE = 29;
    private static final int TCX_INGRESS = 46;
    /** Large enough for every command used; the kernel takes any size whose excess is zero. */
    private static final int ATTRIBUTES = 152;

    private static final int MAP_INFO = 88;
    private static final int NAME_LENGTH = 16;
    private static final int LOG_BYTES = 1 << 20;
    private static final int LOG_LINES_SHOWN = 12;

    private Bpf() {}

    private static MemorySegment attributes(Arena arena) {
        return LinuxCalls.struct(arena, ATTRIBUTES);
    }

    /**
     * Creates a map.
     *
     * @param name at most 15 letters, for whoever lists maps
     * @return its descriptor
     * @throws LinkException when the kernel refuses
     */
    static int createMap(MapType type, String name, int keyBytes, int valueBytes, int entries, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment create = attributes(arena);
            create.set(JAVA_INT, 0, type.number);
            create.set(JAVA_INT, 4, keyBytes);
            create.set(JAVA_INT, 8, valueBytes);
            create.set(JAVA_INT, 12, entries);
            create.set(JAVA_INT, 16, flags);
            name(create, 28, name);
            return require(LinuxCalls.bpf(MAP_CREATE, create), "map " + name);
        }
    }

    private static void name(MemorySegment attributes, long at, String name) {
        if (name.length() >= NAME_LENGTH) {
            throw new IllegalArgumentException(name + " is longer than " + (NAME_LENGTH - 1));
        }
        attributes.setString(at, name);
    }

    /**
     * Loads a program.
     *
     * @param instructions as the kernel takes them, with descriptors of maps filled in
     * @return its descriptor
     * @throws LinkException when the kernel refuses, with the last lines of what its verifier says
     */
    static int loadProgram(ProgramType type, String name, byte[] instructions, String license) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(instructions.length, Long.BYTES);
            code.copyFrom(MemorySegment.ofArray(instructions));
            MemorySegment load = attributes(arena);
            load.set(JAVA_INT, 0, type.number);
            load.set(JAVA_INT, 4, instructions.length / Long.BYTES);
            load.set(JAVA_LONG, 8, code.address());
            load.set(JAVA_LONG, 16, arena.allocateFrom(license).address());
            name(load, 48, name);
            int loaded = LinuxCalls.bpf(PROGRAM_LOAD, load);
            if (loaded >= 0) {
                return loaded;
            }
            // Again, to be told why.
            MemorySegment log = arena.allocate(LOG_BYTES);
            load.set(JAVA_INT, 24, 1);
            load.set(JAVA_INT, 28, LOG_BYTES);
            load.set(JAVA_LONG, 32, log.address());
            int again = LinuxCalls.bpf(PROGRAM_LOAD, load);
            if (again >= 0) {
                return again;
            }
            throw new LinkException(
                    "no eBPF program " + name + " (" + LinuxCalls.errorName(again) + ")" + lastLines(log.getString(0)));
        }
    }

    private static String lastLines(String log) {
        String[] lines = log.strip().split("\n");
        if (log.isBlank()) {
            return "";
        }
        StringBuilder shown = new StringBuilder("; the verifier says:");
        for (int i = Math.max(0, lines.length - LOG_LINES_SHOWN); i < lines.length; i++) {
            shown.append('\n').append(lines[i]);
        }
        return shown.toString();
    }

    private static int require(int result, String what) {
        if (result < 0) {
            throw new LinkException("no eBPF " + what + " (" + LinuxCalls.errorName(result) + ")");
        }
        return result;
    }

    /** @return 0 or a negated errno */
    static int update(int map, byte[] key, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = element(arena, map, key);
            attributes.set(JAVA_LONG, 16, copy(arena, value).address());
            return LinuxCalls.bpf(MAP_UPDATE, attributes);
        }
    }

    /** @return 0 or a negated errno */
    static int delete(int map, byte[] key) {
        try (Arena arena = Arena.ofConfined()) {
            return LinuxCalls.bpf(MAP_DELETE, element(arena, map, key));
        }
    }

    private static MemorySegment element(Arena arena, int map, byte[] key) {
        MemorySegment attributes = attributes(arena);
        attributes.set(JAVA_INT, 0, map);
        attributes.set(JAVA_LONG, 8, copy(arena, key).address());
        return attributes;
    }

    private static MemorySegment copy(Arena arena, byte[] octets) {
        MemorySegment memory = arena.allocate(octets.length, Long.BYTES);
        MemorySegment.copy(MemorySegment.ofArray(octets), 0, memory, 0, octets.length);
        return memory;
    }

    /** A command over many elements of a hash map, used again and again: nothing is allocated when it runs. */
    static final class Batch {
        private final MemorySegment attributes;

        /** Descriptor of the map. */
        int map() {
            return attributes.get(JAVA_INT, 36);
        }

        private Batch(MemorySegment attributes) {
            this.attributes = attributes;
        }

        static Batch of(Arena arena, int map, MemorySegment keys, MemorySegment values) {
            MemorySegment attributes = Bpf.attributes(arena);
            attributes.set(JAVA_LONG, 16, keys.address());
            attributes.set(JAVA_LONG, 24, values.address());
            attributes.set(JAVA_INT, 36, map);
            return new Batch(attributes);
        }

        /** @return how many of the first {@code count} were put in; fewer when the map is full */
        int update(int count) {
            return run(MAP_UPDATE_BATCH, count);
        }

        /** Removes the first {@code count} keys. @return how many were before one that is not there */
        int delete(int count) {
            return run(MAP_DELETE_BATCH, count);
        }

        private int run(int command, int count) {
            attributes.set(JAVA_INT, 32, count);
            int result = LinuxCalls.bpf(command, attributes);
            return result >= 0 ? count : Math.clamp(attributes.get(JAVA_INT, 32), 0, count);
        }
    }

    /** What {@link #lookupBatch} has found. */
    interface Elements {
        void element(MemorySegment key, MemorySegment value);
    }

    /** Calls {@code elements} for everything in a hash map, some perhaps twice if it changes meanwhile. */
    static void forEach(int map, int keyBytes, int valueBytes, Elements elements) {
        int most = 4096;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment keys = arena.allocate((long) most * keyBytes, Long.BYTES);
            MemorySegment values = arena.allocate((long) most * valueBytes, Long.BYTES);
            // Where to go on: a number of the kernel's, which takes at most as much as a key.
            MemorySegment place = arena.allocate(Math.max(Long.BYTES, keyBytes), Long.BYTES);
            MemorySegment attributes = attributes(arena);
            attributes.set(JAVA_LONG, 8, place.address());
            attributes.set(JAVA_LONG, 16, keys.address());
            attributes.set(JAVA_LONG, 24, values.address());
            attributes.set(JAVA_INT, 36, map);
            int result;
            do {
                attributes.set(JAVA_INT, 32, most);
                result = LinuxCalls.bpf(MAP_LOOKUP_BATCH, attributes);
                if (result < 0 && result != -LinuxCalls.ENOENT) {
                    throw new LinkException("an eBPF map cannot be read (" + LinuxCalls.errorName(result) + ")");
                }
                int count = attributes.get(JAVA_INT, 32);
                for (int i = 0; i < count; i++) {
                    elements.element(
                            keys.asSlice((long) i * keyBytes, keyBytes),
                            values.asSlice((long) i * valueBytes, valueBytes));
                }
                attributes.set(JAVA_LONG, 0, place.address());
            } while (result >= 0);
        }
    }

    /**
     * Attaches a program to the ingress of an interface as a link, which ends with its descriptor unless it is pinned
     * (TCX, Linux 6.6).
     *
     * @param flags 0 for behind those that are there, or {@link #BEFORE}
     * @return the link's descriptor, or a negated errno
     */
    static int attachTcx(int program, int interfaceIndex, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = attributes(arena);
            attributes.set(JAVA_INT, 0, program);
            attributes.set(JAVA_INT, 4, interfaceIndex);
            attributes.set(JAVA_INT, 8, TCX_INGRESS);
            attributes.set(JAVA_INT, 12, flags);
            return LinuxCalls.bpf(LINK_CREATE, attributes);
        }
    }

    /** Puts another program in the place of a link's, without a gap. @return 0 or a negated errno */
    static int replaceProgram(int link, int program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = attributes(arena);
            attributes.set(JAVA_INT, 0, link);
            attributes.set(JAVA_INT, 4, program);
            return LinuxCalls.bpf(LINK_UPDATE, attributes);
        }
    }

    /** Gives an object a name in a bpffs, under which it outlives this process. */
    static void pin(int descriptor, Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = attributes(arena);
            attributes.set(
                    JAVA_LONG,
                    0,
                    arena.allocateFrom(path.toString(), StandardCharsets.UTF_8).address());
            attributes.set(JAVA_INT, 8, descriptor);
            int result = LinuxCalls.bpf(OBJECT_PIN, attributes);
            if (result < 0) {
                throw new LinkException(
                        path + " cannot be pinned (" + LinuxCalls.errorName(result) + "): is its folder in a bpffs?");
            }
        }
    }

    /** Opens a pinned object. @return its descriptor, or a negated errno */
    static int pinned(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = attributes(arena);
            attributes.set(
                    JAVA_LONG,
                    0,
                    arena.allocateFrom(path.toString(), StandardCharsets.UTF_8).address());
            return LinuxCalls.bpf(OBJECT_GET, attributes);
        }
    }

    /** The size of a map's values and how many there can be. */
    record MapSize(int valueBytes, int entries) {}

    /** What kind of map a descriptor is of, which another process made. */
    static MapSize sizeOf(int map) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(MAP_INFO, Long.BYTES);
            MemorySegment attributes = attributes(arena);
            attributes.set(JAVA_INT, 0, map);
            attributes.set(JAVA_INT, 4, MAP_INFO);
            attributes.set(JAVA_LONG, 8, info.address());
            require(LinuxCalls.bpf(OBJECT_INFO, attributes), "map information");
            return new MapSize(info.get(JAVA_INT, 12), info.get(JAVA_INT, 16));
        }
    }

    /** eBPF here is compiled for little-endian machines: all that Java 25 runs on with AF_PACKET but one. */
    static boolean supportedHere() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }
}
