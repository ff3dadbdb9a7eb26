package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * An eBPF program at the ingress of one interface: behind the packet sockets, before the kernel's own stack.
 *
 * <p>TCX (Linux 6.6) is a link, which goes with the process unless it is pinned. Before it there is the clsact queueing
 * discipline with a filter, set by netlink (rtnetlink(7)), which outlives a process that is killed; the next one replaces
 * it.
 */
final class IngressHook implements AutoCloseable {
    private static final int AF_NETLINK = 16;
    private static final int RTM_NEWQDISC = 36;
    private static final int RTM_NEWTFILTER = 44;
    private static final int RTM_DELTFILTER = 45;
    private static final int NLM_F_REQUEST_ACK = 0x5;
    private static final int NLM_F_EXCL = 0x200;
    private static final int NLM_F_CREATE = 0x400;
    private static final int NLMSG_ERROR = 2;
    private static final int TC_H_CLSACT = 0xFFFFFFF1;
    private static final int CLSACT_HANDLE = 0xFFFF0000;
    private static final int CLSACT_INGRESS = 0xFFFFFFF2;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_FD = 6;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_FLAGS = 8;
    private static final int DIRECT_ACTION = 1;
    private static final int EEXIST = 17;

    /** Its own place among the interface's filters, so that a successor finds it. */
    private enum Place {
        FIRST(0x5346, "steamgate-forward", Bpf.BEFORE),
        LAST(0x5347, "steamgate-silence", 0);

        private final int priority;
        private final String name;
        private final int tcxFlags;

        Place(int priority, String name, int tcxFlags) {
            this.priority = priority;
            this.name = name;
            this.tcxFlags = tcxFlags;
        }
    }

    private final int index;
    private final Place place;
    /** It outlives this process. */
    private final boolean stays;
    /** The TCX link, or -1 for a filter under clsact. */
    private int link;

    private boolean attached = true;

    private IngressHook(int index, Place place, int link, boolean stays) {
        this.index = index;
        this.place = place;
        this.link = link;
        this.stays = stays;
    }

    /**
     * Behind whatever programs there are; in the place of the one that the last process left pinned.
     *
     * @throws LinkException when the kernel takes it neither way, saying why
     */
    static IngressHook attach(int program, LinuxInterface to, Pins pins) {
        return attach(program, to, Place.LAST, pins);
    }

    /** As {@link #attach}, before the others. */
    static IngressHook attachFirst(int program, LinuxInterface to, Pins pins) {
        return attach(program, to, Place.FIRST, pins);
    }

    private static IngressHook attach(int program, LinuxInterface to, Place place, Pins pins) {
        String name = pinName(place, to);
        int left = pins.find(name);
        if (left >= 0 && Bpf.replaceProgram(left, program) >= 0) {
            return new IngressHook(to.index(), place, left, true);
        }
        if (left >= 0) {
            // Of an interface that is gone, though another has its name now.
            LinuxCalls.close(left);
        }
        int link = Bpf.attachTcx(program, to.index(), place.tcxFlags);
        if (link < 0) {
            return attachClsact(program, to, place, pins.anywhere());
        }
        pins.pin(name, link);
        return new IngressHook(to.index(), place, link, pins.anywhere());
    }

    /** Takes away what {@link #attachFirst} has left for the next process. */
    static void clearFirst(LinuxInterface from, Pins pins) {
        String name = pinName(Place.FIRST, from);
        int left = pins.find(name);
        if (left >= 0) {
            pins.clear(name);
            LinuxCalls.close(left);
        } else {
            delete(from.index(), Place.FIRST);
        }
    }

    private static String pinName(Place place, LinuxInterface to) {
        return place.name + "-" + to.name();
    }

    static IngressHook attachTcx(int program, LinuxInterface to) {
        int link = Bpf.attachTcx(program, to.index(), Place.LAST.tcxFlags);
        if (link < 0) {
            throw refused(to, link);
        }
        return new IngressHook(to.index(), Place.LAST, link, false);
    }

    static IngressHook attachClsact(int program, LinuxInterface to) {
        return attachClsact(program, to, Place.LAST, false);
    }

    private static IngressHook attachClsact(int program, LinuxInterface to, Place place, boolean stays) {
        try (Arena arena = Arena.ofConfined()) {
            Request qdisc = new Request(
                    arena,
                    RTM_NEWQDISC,
                    NLM_F_REQUEST_ACK | NLM_F_CREATE | NLM_F_EXCL,
                    to.index(),
                    CLSACT_HANDLE,
                    TC_H_CLSACT,
                    0);
            qdisc.text(TCA_KIND, "clsact");
            int result = qdisc.send();
            if (result < 0 && result != -EEXIST) {
                throw refused(to, result);
            }
            Request filter = filter(arena, RTM_NEWTFILTER, NLM_F_REQUEST_ACK | NLM_F_CREATE, to.index(), place);
            filter.text(TCA_KIND, "bpf");
            int options = filter.begin(TCA_OPTIONS);
            filter.number(TCA_BPF_FD, program);
            filter.text(TCA_BPF_NAME, place.name);
            filter.number(TCA_BPF_FLAGS, DIRECT_ACTION);
            filter.end(options);
            result = filter.send();
            if (result < 0) {
                throw refused(to, result);
            }
            return new IngressHook(to.index(), place, -1, stays);
        }
    }

    private static LinkException refused(LinuxInterface to, int error) {
        return new LinkException(
                "no program at the ingress of " + to.name() + " (" + LinuxCalls.errorName(error) + ")");
    }

    private static Request filter(Arena arena, int type, int flags, int index, Place place) {
        int allProtocols = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0x0300 : 0x0003;
        return new Request(arena, type, flags, index, 1, CLSACT_INGRESS, place.priority << 16 | allProtocols);
    }

    boolean tcx() {
        return link >= 0;
    }

    @Override
    public void close() {
        if (link >= 0) {
            LinuxCalls.close(link);
            link = -1;
        } else if (attached && !stays) {
            delete(index, place);
        }
        attached = false;
    }

    /** Of a filter that is not there, or was another's, nothing comes. */
    private static void delete(int index, Place place) {
        try (Arena arena = Arena.ofConfined()) {
            Request filter = filter(arena, RTM_DELTFILTER, NLM_F_REQUEST_ACK, index, place);
            filter.text(TCA_KIND, "bpf");
            filter.send();
        }
    }

    /** One netlink request: {@code nlmsghdr}, {@code tcmsg}, attributes. */
    private static final class Request {
        private static final int CAPACITY = 256;
        private static final int HEADER = 16;
        private static final int TCMSG = 20;

        private final MemorySegment memory;
        private int length = HEADER + TCMSG;

        Request(Arena arena, int type, int flags, int index, int handle, int parent, int info) {
            memory = LinuxCalls.struct(arena, CAPACITY);
            memory.set(ValueLayout.JAVA_SHORT, 4, (short) type);
            memory.set(ValueLayout.JAVA_SHORT, 6, (short) flags);
            memory.set(ValueLayout.JAVA_INT, HEADER + 4, index);
            memory.set(ValueLayout.JAVA_INT, HEADER + 8, handle);
            memory.set(ValueLayout.JAVA_INT, HEADER + 12, parent);
            memory.set(ValueLayout.JAVA_INT, HEADER + 16, info);
        }

        void text(int type, String value) {
            int at = begin(type);
            memory.setString(length, value);
            length += value.length() + 1;
            end(at);
        }

        void number(int type, int value) {
            int at = begin(type);
            memory.set(ValueLayout.JAVA_INT, length, value);
            length += 4;
            end(at);
        }

        int begin(int type) {
            int at = length;
            memory.set(ValueLayout.JAVA_SHORT, at + 2, (short) type);
            length += 4;
            return at;
        }

        void end(int at) {
            memory.set(ValueLayout.JAVA_SHORT, at, (short) (length - at));
            length = (length + 3) & ~3;
        }

        /** @return 0 or the negated errno that the kernel answers */
        int send() {
            memory.set(ValueLayout.JAVA_INT, 0, length);
            int socket = LinuxCalls.socket(AF_NETLINK, LinuxCalls.SOCK_RAW | LinuxCalls.SOCK_CLOEXEC, 0);
            if (socket < 0) {
                return socket;
            }
            try (Arena arena = Arena.ofConfined()) {
                int sent = LinuxCalls.send(socket, memory.address(), length);
                if (sent < 0) {
                    return sent;
                }
                MemorySegment answer = LinuxCalls.struct(arena, 4096);
                int received = LinuxCalls.recv(socket, answer.address(), 4096);
                if (received < 0) {
                    return received;
                }
                boolean acknowledgement =
                        received >= HEADER + 4 && answer.get(ValueLayout.JAVA_SHORT, 4) == NLMSG_ERROR;
                return acknowledgement ? answer.get(ValueLayout.JAVA_INT, HEADER) : -LinuxCalls.EINVAL;
            } finally {
                LinuxCalls.close(socket);
            }
        }
    }
}
