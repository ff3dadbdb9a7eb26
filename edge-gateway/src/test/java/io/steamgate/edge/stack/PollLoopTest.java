package io.steamgate.edge.stack;

import static io.steamgate.edge.stack.Edge.CLIENT;
import static io.steamgate.edge.stack.Edge.CLIENT_MAC;
import static io.steamgate.edge.stack.Edge.VIP;
import static io.steamgate.edge.stack.Edge.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.runtime.Clock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.ArpView;
import io.steamgate.edge.wire.Ipv4Network;
import io.steamgate.edge.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PollLoopTest {
    @Test
    void a_turn_receives_fires_and_runs_and_says_whether_it_did() {
        Edge edge = new Edge();
        List<String> order = new ArrayList<>();
        assertThat(edge.loop.turn()).isFalse();

        edge.loop.execute(() -> order.add("task"));
        edge.timers.armIn(new Timers.Timer(() -> order.add("timer")), 0);
        edge.stack.interceptor(packet -> order.add("frame"));
        edge.wan.deliver(Packets.ethernet(WAN_MAC, CLIENT_MAC, 0x0800, Packets.ipv4(CLIENT, VIP, 99, new byte[8])));
        assertThat(edge.loop.turn()).isTrue();

        assertThat(order).containsExactly("frame", "timer", "task");
        PollCounters counters = edge.loop.counters();
        assertThat(List.of(
                        counters.turns().get(),
                        counters.batches().get(),
                        counters.frames().get()))
                .containsExactly(2L, 1L, 1L);
        assertThat(counters.timers().get()).isEqualTo(1);
        assertThat(counters.tasks().get()).isEqualTo(1);
    }

    @Test
    void a_task_or_timer_that_throws_is_counted_and_the_others_run() {
        Edge edge = new Edge();
        List<String> order = new ArrayList<>();
        edge.timers.armIn(
                new Timers.Timer(() -> {
                    throw new IllegalStateException("planted");
                }),
                0);
        edge.loop.execute(() -> {
            throw new IllegalStateException("planted");
        });
        edge.loop.execute(() -> order.add("task"));
        edge.loop.turn();
        assertThat(order).containsExactly("task");
        assertThat(edge.loop.counters().failures().get()).isEqualTo(2);
        assertThat(edge.loop.lastFailure())
                .hasValueSatisfying(e -> assertThat(e).hasMessage("planted"));
    }

    @Test
    void a_flood_of_tasks_leaves_time_for_frames() {
        Edge edge = new Edge();
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            edge.loop.execute(() -> ran.add(number));
        }
        edge.loop.turn();
        assertThat(ran).hasSize(256);
        while (edge.loop.turn()) {
            // the rest
        }
        assertThat(ran).hasSize(1000).isSorted();
    }

    @Test
    void a_sleeping_loop_wakes_for_frames_tasks_timers_and_its_end() throws Exception {
        MemoryDevice device = new MemoryDevice("wan", WAN_MAC, 1500);
        MemoryDevice other = new MemoryDevice("client", CLIENT_MAC, 1500);
        MemoryDevice.wire(device, other);
        Timers timers = new Timers(Clock.system());
        Stack stack = new Stack(List.of(new Stack.Link(device)), timers, Randomness.seeded(3), StackSettings.DEFAULT);
        stack.addAddress(stack.nics().get(0), new Ipv4Network(VIP, 24));
        PollLoop loop = new PollLoop(stack, timers, new ParkingPoller(List.of(device)));
        CountDownLatch answered = new CountDownLatch(1);
        other.onReadable(answered::countDown);
        Thread thread = Thread.ofPlatform().start(loop);

        CompletableFuture<Thread> task = new CompletableFuture<>();
        loop.execute(() -> task.complete(Thread.currentThread()));
        assertThat(task.get(10, TimeUnit.SECONDS)).isSameAs(thread);

        CountDownLatch fired = new CountDownLatch(1);
        loop.execute(() -> timers.armIn(new Timers.Timer(fired::countDown), 5_000_000));
        assertThat(fired.await(10, TimeUnit.SECONDS)).isTrue();

        device.deliver(Packets.arp(MacAddress.BROADCAST, ArpView.REQUEST, CLIENT_MAC, CLIENT, MacAddress.ZERO, VIP));
        assertThat(answered.await(10, TimeUnit.SECONDS)).isTrue();

        loop.stop();
        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
    }
}
