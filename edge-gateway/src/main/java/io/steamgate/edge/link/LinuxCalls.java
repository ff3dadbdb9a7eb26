package io.steamgate.edge.link;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of this package, one typed method each. All return what the call returns, or its negated {@code errno}
 * when it fails, as the kernel itself does.
 *
 * <p>Pointers of the packet path are passed as {@code long}: an address costs nothing to compute and keeps no segment
 * busy. Whoever passes one keeps its memory reachable. Each {@link FunctionDescriptor} here has its entry in this module's
 * {@code reachability-metadata.json}; the class is initialised at run time in a native executable.
 */
final class LinuxCalls {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENETDOWN = 100;
    static final int ENOBUFS = 105;

    static final int SOCK_CLOEXEC = 0x80000;
    static final int SOCK_RAW = 3;
    static final int SOCK_DGRAM = 2;
    static final int MSG_DONTWAIT = 0x40;
    static final int SOL_SOCKET = 1;
    static final short POLLIN = 1;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

    // errno is the thread's: wakeUp() comes from any.
    private static final ThreadLocal<MemorySegment> CAPTURED =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    // For the calls of the packet path, which are one poll loop's: a constant, so that the compiled call makes no slice
    // of
    // it on the heap, which it does of a segment that it cannot see through. Two loops in one process could read each
    // other's errno: what they do of it is count.
    private static final MemorySegment LOOP_STATE = Arena.global().allocate(STATE);

    private static final MethodHandle SOCKET = call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = call("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle SETSOCKOPT =
            call("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle GETSOCKOPT =
            call("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle CLOSE = call("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle RECVMMSG =
            call("recvmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle SENDMMSG = call("sendmmsg", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle SEND = call("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = call("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle PPOLL = call("ppoll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle EVENTFD = call("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle READ = call("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle WRITE = call("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
    private static final MethodHandle MMAP =
            call("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = call("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle IOCTL =
            variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
    private static final MethodHandle SYSCALL =
            variadic("syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG));

    private LinuxCalls() {}

    private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments), CAPTURE);
    }

    private static MethodHandle variadic(String name, int fixed, FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(symbol(name), descriptor, CAPTURE, Linker.Option.firstVariadicArg(fixed));
    }

    private static MemorySegment symbol(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new LinkException(
                        "the C library has no " + name + "(): AF_PACKET devices need Linux with glibc; use pcap"));
    }

    static int socket(int family, int type, int protocol) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) SOCKET.invokeExact(state, family, type, protocol), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int bind(int fd, MemorySegment address) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) BIND.invokeExact(state, fd, address, (int) address.byteSize()), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setOption(int fd, int level, int option, MemorySegment value) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize()), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setOption(int fd, int level, int option, int value) {
        try (Arena arena = Arena.ofConfined()) {
            return setOption(fd, level, option, arena.allocateFrom(JAVA_INT, value));
        }
    }

    /** @param length in and out: the size of {@code value} */
    static int getOption(int fd, int level, int option, MemorySegment value, MemorySegment length) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void close(int fd) {
        MemorySegment state = CAPTURED.get();
        try {
            // EINTR or not, Linux has closed it.
            int ignored = (int) CLOSE.invokeExact(state, fd);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** @param messages address of {@code count} {@code mmsghdr} */
    static int recvmmsg(int fd, long messages, int count) {
        try {
            return result((int) RECVMMSG.invokeExact(LOOP_STATE, fd, messages, count, MSG_DONTWAIT, 0L), LOOP_STATE);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** @param messages address of {@code count} {@code mmsghdr} */
    static int sendmmsg(int fd, long messages, int count) {
        try {
            return result((int) SENDMMSG.invokeExact(LOOP_STATE, fd, messages, count, MSG_DONTWAIT), LOOP_STATE);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int recv(int fd, long buffer, int length) {
        try {
            return result(
                    (int) (long) RECV.invokeExact(LOOP_STATE, fd, buffer, (long) length, MSG_DONTWAIT), LOOP_STATE);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int send(int fd, long buffer, int length) {
        try {
            return result(
                    (int) (long) SEND.invokeExact(LOOP_STATE, fd, buffer, (long) length, MSG_DONTWAIT), LOOP_STATE);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * @param descriptors address of {@code count} {@code pollfd}
     * @param timeout address of a {@code timespec}, 0 to wait for ever
     */
    static int ppoll(long descriptors, int count, long timeout) {
        try {
            return result((int) PPOLL.invokeExact(LOOP_STATE, descriptors, (long) count, timeout, 0L), LOOP_STATE);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int eventfd(int initial, int flags) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) EVENTFD.invokeExact(state, initial, flags), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int read(int fd, MemorySegment into) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) (long) READ.invokeExact(state, fd, into, into.byteSize()), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int write(int fd, MemorySegment from) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) (long) WRITE.invokeExact(state, fd, from, from.byteSize()), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int ioctl(int fd, long request, MemorySegment argument) {
        MemorySegment state = CAPTURED.get();
        try {
            return result((int) IOCTL.invokeExact(state, fd, request, argument), state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /**
     * Maps what a descriptor stands for, for reading and writing, shared.
     *
     * @return the address; a negated errno in the last page's place when it cannot be
     */
    static long map(int fd, long bytes) {
        MemorySegment state = CAPTURED.get();
        try {
            long address = (long) MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L);
            return address == -1 ? -(int) ERRNO.get(state, 0L) : address;
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static void unmap(long address, long bytes) {
        MemorySegment state = CAPTURED.get();
        try {
            int ignored = (int) MUNMAP.invokeExact(state, address, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** bpf(2), which the C library does not wrap; its number is the architecture's. */
    static int bpf(int command, MemorySegment attributes) {
        long number = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
        MemorySegment state = CAPTURED.get();
        try {
            long value = (long) SYSCALL.invokeExact(state, number, (long) command, attributes, attributes.byteSize());
            return result((int) value, state);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** The name of a (negated) errno that operators meet, else its number. */
    static String errorName(int result) {
        return switch (-result) {
            case EPERM -> "EPERM";
            case ENOENT -> "ENOENT";
            case ENXIO -> "ENXIO";
            case EACCES -> "EACCES";
            case ENODEV -> "ENODEV";
            case EINVAL -> "EINVAL";
            case ENETDOWN -> "ENETDOWN";
            case ENOBUFS -> "ENOBUFS";
            default -> "errno " + -result;
        };
    }

    /** A zeroed struct of {@code bytes} bytes; short, aligned fields are set with the usual layouts. */
    static MemorySegment struct(Arena arena, long bytes) {
        return arena.allocate(bytes, ValueLayout.JAVA_LONG.byteAlignment());
    }

    private static int result(int value, MemorySegment state) {
        return value >= 0 ? value : -(int) ERRNO.get(state, 0L);
    }

    private static LinkException impossible(Throwable e) {
        return new LinkException("a foreign call failed in itself", e);
    }
}
