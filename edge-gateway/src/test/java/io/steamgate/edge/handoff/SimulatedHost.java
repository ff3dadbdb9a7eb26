package io.steamgate.edge.handoff;

import io.steamgate.edge.link.Device;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.Harness;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.List;

/** One host: its stack, its TCP and the loop that the test turns. */
final class SimulatedHost {
    final Timers timers;
    final Stack stack;
    final Tcp tcp;
    final PollLoop loop;

    SimulatedHost(ManualClock clock, List<? extends Device> devices, long seed) {
        this(clock, devices, seed, TcpSettings.defaults());
    }

    SimulatedHost(ManualClock clock, List<? extends Device> devices, long seed, TcpSettings settings) {
        timers = new Timers(clock);
        Randomness randomness = Randomness.seeded(seed);
        stack = new Stack(
                devices.stream().<Stack.Link>map(Stack.Link::new).toList(), timers, randomness, StackSettings.DEFAULT);
        tcp = new Tcp(stack.output(), timers, randomness, settings);
        stack.add(tcp);
        loop = new PollLoop(stack, timers, new Harness.NoPoller());
    }

    void address(int nic, int address) {
        stack.addAddress(stack.nics().get(nic), new Ipv4Network(new Ipv4Address(address), 24));
    }

    void defaultRoute(int gateway) {
        stack.routes().add(Ipv4Network.parse("0.0.0.0/0"), stack.nics().getFirst(), new Ipv4Address(gateway));
    }
}
