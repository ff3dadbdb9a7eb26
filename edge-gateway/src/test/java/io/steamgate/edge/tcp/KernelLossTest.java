package io.steamgate.edge.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.link.AfPacketDevice;
import io.steamgate.edge.link.AfPacketSettings;
import io.steamgate.edge.link.DescriptorPoller;
import io.steamgate.edge.link.Device;
import io.steamgate.edge.link.FaultInjector;
import io.steamgate.edge.link.FaultSettings;
import io.steamgate.edge.link.NetworkNamespace;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** We send to the Linux kernel over a bad wire, seed by seed; what hangs shows what it waits for. */
@Tag("system")
class KernelLossTest {
    private static final int VIP = Ipv4Address.of(192, 0, 2, 10).bits();
    private static final int SOURCE = 5002;
    private static final SynOffer OFFER = new SynOffer(1460, 7, true, true);
    private static final int BYTES = 2 << 20;
    private static final int SECONDS = 60;

    @Test
    void the_kernel_receives_all_of_it_whatever_the_seed() throws Exception {
        try (NetworkNamespace client = NetworkNamespace.create("tcpclient");
                NetworkNamespace edge = NetworkNamespace.create("tcpedge")) {
            client.veth("c0", edge, "e0");
            client.run("ip", "addr", "add", "192.0.2.2/24", "dev", "c0");
            client.run("ethtool", "-K", "c0", "tx", "off", "rx", "off", "tso", "off", "gro", "off");
            int from = Integer.getInteger("steamgate.judge.seed", 1);
            for (int seed = from; seed < from + Integer.getInteger("steamgate.judge.seeds", 3); seed++) {
                transfer(client, edge, System.getProperty("steamgate.judge.faults", "loss=10%") + ",seed=" + seed);
            }
        }
    }

    private static void transfer(NetworkNamespace client, NetworkNamespace edge, String faults) throws Exception {
        Timers timers = new Timers(Clock.system());
        AfPacketDevice plain = edge.in(() -> AfPacketDevice.open("e0", AfPacketSettings.defaults()));
        try (Device device = new FaultInjector(plain, FaultSettings.parse(faults), timers);
                DescriptorPoller poller = new DescriptorPoller(List.of(device))) {
            Stack stack =
                    new Stack(List.of(new Stack.Link(device)), timers, Randomness.secure(), StackSettings.DEFAULT);
            stack.addAddress(stack.nics().getFirst(), new Ipv4Network(new Ipv4Address(VIP), 24));
            Tcp tcp = new Tcp(stack.output(), timers, Randomness.secure(), TcpSettings.defaults());
            stack.add(tcp);
            PollLoop loop = new PollLoop(stack, timers, poller);
            Thread thread = Thread.ofPlatform().daemon().start(loop);
            AtomicReference<TcpConnection> accepted = new AtomicReference<>();
            CompletableFuture.runAsync(
                            () -> tcp.listen(VIP, SOURCE, SOURCE, ScriptedPeer.options(OFFER, 65_536), connection -> {
                                accepted.set(connection);
                                new KernelJudgeTest.Source(connection, BYTES).pump();
                            }),
                            loop)
                    .join();
            try {
                long begin = System.nanoTime();
                CompletableFuture<Long> download = CompletableFuture.supplyAsync(
                        () -> KernelJudgeTest.download(KernelJudgeTest.dial(client, SOURCE), BYTES),
                        task -> Thread.ofPlatform().daemon().start(task));
                try {
                    assertThat(download.get(SECONDS, TimeUnit.SECONDS))
                            .as(faults)
                            .isZero();
                } catch (TimeoutException e) {
                    throw new AssertionError(
                            faults + " hangs\n" + state(loop, accepted) + client.run("ss", "-tnoemi"), e);
                }
                System.out.printf(
                        Locale.ROOT,
                        "%s %.2f s, again %d timeouts %d probes %d recoveries %d%n",
                        faults,
                        (System.nanoTime() - begin) / 1e9,
                        tcp.counters().retransmittedSegments.get(),
                        tcp.counters().timeouts.get(),
                        tcp.counters().tailLossProbes.get(),
                        tcp.counters().fastRecoveries.get());
                assertThat(loop.counters().failures().get()).isZero();
            } finally {
                loop.stop();
                thread.join();
            }
        }
    }

    private static String state(PollLoop loop, AtomicReference<TcpConnection> accepted) throws Exception {
        CompletableFuture<String> text = new CompletableFuture<>();
        loop.execute(() -> {
            TcpConnection connection = accepted.get();
            text.complete(
                    connection == null
                            ? "not accepted\n"
                            : connection + "\n  " + connection.sender() + "\n  " + connection.timers() + "\n");
        });
        return text.get(5, TimeUnit.SECONDS);
    }
}
