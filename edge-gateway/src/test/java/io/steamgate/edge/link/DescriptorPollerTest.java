package io.steamgate.edge.link;

import io.steamgate.edge.wire.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each test would hang, not fail, were a wake-up lost. */
@Timeout(20)
class DescriptorPollerTest {
    private final MemoryDevice device = new MemoryDevice("memory", MacAddress.ZERO, 1500);

    @Test
    void a_wake_up_before_the_sleep_is_not_lost() {
        try (Poller poller = new DescriptorPoller(List.of(device))) {
            poller.wakeUp();
            poller.wakeUp();
            poller.await(Long.MAX_VALUE);
            device.deliver(new byte[60]);
            poller.await(Long.MAX_VALUE);
        }
    }

    @Test
    void looking_without_sleep_keeps_the_wake_up_for_the_next_sleep() {
        try (Poller poller = new DescriptorPoller(List.of(device))) {
            poller.wakeUp();
            poller.await(0);
            poller.await(-1);
            poller.await(Long.MAX_VALUE);
        }
    }

    @Test
    void another_thread_ends_a_sleep_and_the_time_does_too() throws Exception {
        try (Poller poller = new DescriptorPoller(List.of(device))) {
            Thread waker = Thread.ofPlatform().start(poller::wakeUp);
            poller.await(Long.MAX_VALUE);
            waker.join();
            for (int i = 0; i < 3; i++) {
                poller.await(1_000_000);
            }
        }
    }

    @Test
    void wake_ups_that_race_with_sleeps_are_never_lost() throws Exception {
        int frames = 20_000;
        try (Poller poller = new DescriptorPoller(List.of(device))) {
            Thread sender = Thread.ofPlatform().start(() -> {
                for (int sent = 0; sent < frames; ) {
                    if (device.deliver(new byte[60])) {
                        sent++;
                    } else {
                        Thread.onSpinWait();
                    }
                }
            });
            for (int received = 0; received < frames; ) {
                int now = device.receive(frame -> {});
                received += now;
                if (now == 0) {
                    poller.await(Long.MAX_VALUE);
                }
            }
            sender.join();
        }
    }
}
