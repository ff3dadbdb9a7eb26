package io.steamgate.edge.link;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Sleeps in ppoll(2) on the devices' descriptors and an eventfd(2), by which devices without one and others wake it. */
public final class DescriptorPoller implements Poller {
    private static final int EFD_NONBLOCK_CLOEXEC = 0x80800;
    private static final int POLLFD = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    /** Somebody has work: the next sleep does not begin, the present one ends. */
    private static final int WOKEN = 2;

    private final Arena arena = Arena.ofAuto();
    private final int count;
    private final MemorySegment descriptors;
    private final MemorySegment timeout = arena.allocate(16, 8);
    private final MemorySegment event = arena.allocate(8, 8);
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
    private final AtomicInteger state = new AtomicInteger(AWAKE);
    private int eventfd;

    public DescriptorPoller(List<? extends Device> devices) {
        int[] fds = devices.stream()
                .mapToInt(Device::pollDescriptor)
                .filter(fd -> fd >= 0)
                .toArray();
        eventfd = LinuxCalls.eventfd(0, EFD_NONBLOCK_CLOEXEC);
        if (eventfd < 0) {
            throw new LinkException("no eventfd: " + LinuxCalls.errorName(eventfd) + "; raise the limit of open files");
        }
        count = fds.length + 1;
        descriptors = arena.allocate((long) count * POLLFD, 8);
        watch(0, eventfd);
        for (int i = 0; i < fds.length; i++) {
            watch(i + 1, fds[i]);
        }
        for (Device device : devices) {
            if (device.pollDescriptor() < 0) {
                device.onReadable(this::wakeUp);
            }
        }
    }

    private void watch(int i, int fd) {
        descriptors.set(ValueLayout.JAVA_INT, (long) i * POLLFD, fd);
        descriptors.set(ValueLayout.JAVA_SHORT, (long) i * POLLFD + EVENTS, LinuxCalls.POLLIN);
    }

    @Override
    public void await(long timeoutNanos) {
        if (timeoutNanos <= 0) {
            return;
        }
        if (!state.compareAndSet(AWAKE, ASLEEP)) {
            state.set(AWAKE);
            return;
        }
        long limit = 0;
        if (timeoutNanos != Long.MAX_VALUE) {
            timeout.set(ValueLayout.JAVA_LONG, 0, timeoutNanos / 1_000_000_000L);
            timeout.set(ValueLayout.JAVA_LONG, 8, timeoutNanos % 1_000_000_000L);
            limit = timeout.address();
        }
        int ready = LinuxCalls.ppoll(descriptors.address(), count, limit);
        state.set(AWAKE);
        if (ready > 0 && descriptors.get(ValueLayout.JAVA_SHORT, REVENTS) != 0) {
            LinuxCalls.read(eventfd, event);
        }
    }

    @Override
    public void wakeUp() {
        if (state.getAndSet(WOKEN) == ASLEEP) {
            LinuxCalls.write(eventfd, one);
        }
    }

    @Override
    public void close() {
        if (eventfd >= 0) {
            LinuxCalls.close(eventfd);
            eventfd = -1;
        }
    }
}
