package io.steamgate.edge.link;

import io.steamgate.edge.wire.MacAddress;
import io.steamgate.edge.wire.NetworkOrder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the kernel says of one of its interfaces (netdevice(7)), in the network namespace of the calling thread.
 *
 * @param mtu bytes of the largest IP packet
 */
record LinuxInterface(String name, int index, MacAddress mac, int mtu, boolean up) {
    private static final int AF_INET = 2;
    private static final int SIOCGIFFLAGS = 0x8913;
    private static final int SIOCGIFMTU = 0x8921;
    private static final int SIOCGIFHWADDR = 0x8927;
    private static final int SIOCGIFINDEX = 0x8933;
    private static final int SIOCETHTOOL = 0x8946;
    private static final int IFF_UP = 1;
    private static final int ARPHRD_ETHER = 1;
    private static final int ARPHRD_LOOPBACK = 772;

    // struct ifreq: a name of 16 bytes, then a union.
    private static final int REQUEST = 40;
    private static final int NAME_LENGTH = 16;
    private static final int VALUE = 16;

    // ethtool commands, each answered by {u32 cmd; u32 data}.
    private static final int ETHTOOL_GTSO = 0x1E;
    private static final int ETHTOOL_GGRO = 0x2B;
    private static final int ETHTOOL_GFLAGS = 0x25;
    private static final int ETHTOOL_GTXCSUM = 0x16;
    private static final int ETH_FLAG_LRO = 1 << 15;

    /** @throws LinkException when there is no such Ethernet interface; the message lists those there are */
    static LinuxInterface of(String name) {
        if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length >= NAME_LENGTH) {
            throw missing(name);
        }
        try (Arena arena = Arena.ofConfined();
                ControlSocket socket = new ControlSocket()) {
            MemorySegment request = request(arena, name);
            if (LinuxCalls.ioctl(socket.fd, SIOCGIFINDEX, request) < 0) {
                throw missing(name);
            }
            int index = request.get(ValueLayout.JAVA_INT, VALUE);
            socket.ask(SIOCGIFHWADDR, request, name);
            int type = request.get(ValueLayout.JAVA_SHORT, VALUE) & 0xFFFF;
            if (type != ARPHRD_ETHER && type != ARPHRD_LOOPBACK) {
                throw new LinkException("interface " + name + " does not carry Ethernet (ARP hardware type " + type
                        + "): name one that does");
            }
            MacAddress mac = new MacAddress(NetworkOrder.u48(request, VALUE + 2));
            socket.ask(SIOCGIFMTU, request, name);
            int mtu = request.get(ValueLayout.JAVA_INT, VALUE);
            socket.ask(SIOCGIFFLAGS, request, name);
            boolean up = (request.get(ValueLayout.JAVA_SHORT, VALUE) & IFF_UP) != 0;
            return new LinuxInterface(name, index, mac, mtu, up);
        }
    }

    /**
     * The offloads that hand frames over which never were on the wire as such: a device without an offload header cannot
     * forward them. Names as ethtool(8) takes them; unknown to the driver counts as off.
     */
    List<String> offloads() {
        try (Arena arena = Arena.ofConfined();
                ControlSocket socket = new ControlSocket()) {
            List<String> on = new ArrayList<>();
            if (ethtool(arena, socket, ETHTOOL_GGRO) == 1) {
                on.add("gro");
            }
            if ((ethtool(arena, socket, ETHTOOL_GFLAGS) & ETH_FLAG_LRO) != 0) {
                on.add("lro");
            }
            if (ethtool(arena, socket, ETHTOOL_GTSO) == 1) {
                on.add("tso");
            }
            if (ethtool(arena, socket, ETHTOOL_GTXCSUM) == 1) {
                on.add("tx");
            }
            return on;
        }
    }

    private int ethtool(Arena arena, ControlSocket socket, int command) {
        MemorySegment value = LinuxCalls.struct(arena, 8);
        value.set(ValueLayout.JAVA_INT, 0, command);
        MemorySegment request = request(arena, name);
        request.set(ValueLayout.JAVA_LONG, VALUE, value.address());
        return LinuxCalls.ioctl(socket.fd, SIOCETHTOOL, request) < 0 ? 0 : value.get(ValueLayout.JAVA_INT, 4);
    }

    private static MemorySegment request(Arena arena, String name) {
        MemorySegment request = LinuxCalls.struct(arena, REQUEST);
        request.setString(0, name);
        return request;
    }

    private static LinkException missing(String name) {
        return new LinkException("there is no interface '" + name + "'; there are: " + String.join(", ", names()));
    }

    /** Names of all interfaces; of the thread's namespace, which /sys and the JDK do not follow. */
    private static List<String> names() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/net/dev"))) {
            return lines.filter(line -> line.contains(":"))
                    .map(line -> line.substring(0, line.indexOf(':')).strip())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Any socket will do to ask about interfaces. */
    private static final class ControlSocket implements AutoCloseable {
        private final int fd = LinuxCalls.socket(AF_INET, LinuxCalls.SOCK_DGRAM | LinuxCalls.SOCK_CLOEXEC, 0);

        ControlSocket() {
            if (fd < 0) {
                throw new LinkException("no socket to ask about interfaces: " + LinuxCalls.errorName(fd));
            }
        }

        void ask(int request, MemorySegment answer, String name) {
            int result = LinuxCalls.ioctl(fd, request, answer);
            if (result < 0) {
                throw new LinkException("interface " + name + " went away: " + LinuxCalls.errorName(result));
            }
        }

        @Override
        public void close() {
            LinuxCalls.close(fd);
        }
    }
}
