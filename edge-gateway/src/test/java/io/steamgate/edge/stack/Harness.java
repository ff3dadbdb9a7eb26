package io.steamgate.edge.stack;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.Poller;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Two hosts, 192.0.2.1 and 192.0.2.2, on one memory wire, with one clock that stands still. A test of a transport adds it
 * to {@code left.stack} and {@code right.stack}; decorators go between a device and its stack.
 */
public final class Harness {
    public static final Ipv4Address LEFT = Ipv4Address.of(192, 0, 2, 1);
    public static final Ipv4Address RIGHT = Ipv4Address.of(192, 0, 2, 2);
    public static final MacAddress LEFT_MAC = MacAddress.parse("02:00:00:00:00:01");
    public static final MacAddress RIGHT_MAC = MacAddress.parse("02:00:00:00:00:02");

    private static final int TOO_MANY_TURNS = 100_000;

    /** One host: a device, a stack over it and a loop that the test turns. */
    public static final class Host {
        public final Timers timers;
        public final Randomness randomness;
        public final Device device;
        public final Stack stack;
        public final PollLoop loop;

        public Host(ManualClock clock, Device device, StackSettings settings, long seed) {
            this.device = device;
            timers = new Timers(clock);
            randomness = Randomness.seeded(seed);
            stack = new Stack(List.of(new Stack.Link(device)), timers, randomness, settings);
            loop = new PollLoop(stack, timers, new NoPoller());
        }

        public Nic nic() {
            return stack.nics().get(0);
        }

        public Host address(String network) {
            stack.addAddress(nic(), Ipv4Network.parse(network));
            return this;
        }
    }

    /** Tests turn the loop by hand. */
    public static final class NoPoller implements Poller {
        @Override
        public void await(long timeoutNanos) {}

        @Override
        public void wakeUp() {}

        @Override
        public void close() {}
    }

    public final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5 * Clock.NANOS_PER_SECOND);
    public final Host left;
    public final Host right;

    public Harness() {
        this(1500, false, device -> device);
    }

    /** @param decorator wraps both devices, the left one first */
    public Harness(int mtu, boolean offload, UnaryOperator<Device> decorator) {
        MemoryDevice a = new MemoryDevice("left", LEFT_MAC, mtu, offload);
        MemoryDevice b = new MemoryDevice("right", RIGHT_MAC, mtu, offload);
        MemoryDevice.wire(a, b);
        left = new Host(clock, decorator.apply(a), StackSettings.DEFAULT, 1).address(LEFT + "/24");
        right = new Host(clock, decorator.apply(b), StackSettings.DEFAULT, 2).address(RIGHT + "/24");
    }

    /** Turns both loops until nothing happens any more; time stands still. */
    public void settle() {
        for (int i = 0; i < TOO_MANY_TURNS; i++) {
            boolean busy = left.loop.turn();
            busy |= right.loop.turn();
            if (!busy) {
                failOnBugs();
                return;
            }
        }
        throw new AssertionError("the two hosts never come to rest");
    }

    /** Lets time pass from timer to timer, settling at each. */
    public void pass(Duration duration) {
        long end = clock.nanos() + duration.toNanos();
        settle();
        while (end - clock.nanos() > 0) {
            long next = Math.min(left.timers.untilNext(), right.timers.untilNext());
            clock.advanceNanos(Math.max(1, Math.min(next, end - clock.nanos())));
            settle();
        }
    }

    private void failOnBugs() {
        for (Host host : List.of(left, right)) {
            host.loop.lastFailure().ifPresent(failure -> {
                throw new AssertionError("an exception on the poll loop of " + host.device.name(), failure);
            });
        }
    }
}
