package io.steamgate.edge.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HarnessTest {
    @Test
    void two_hosts_resolve_each_other_and_exchange_datagrams() {
        Harness net = new Harness();
        List<String> heard = new ArrayList<>();
        net.right.stack.udp().bind(0, 7, datagram -> {
            heard.add(new String(datagram.toBytes()));
            MemorySegment answer = MemorySegment.ofArray("pong".getBytes());
            net.right
                    .stack
                    .udp()
                    .send(datagram.destination(), 7, datagram.source(), datagram.sourcePort(), answer, 0, 4);
        });
        net.left.stack.udp().bind(0, 9, datagram -> heard.add(new String(datagram.toBytes())));

        MemorySegment ping = MemorySegment.ofArray("ping".getBytes());
        net.left.stack.udp().send(0, 9, Harness.RIGHT.bits(), 7, ping, 0, 4);
        net.settle();

        assertThat(heard).containsExactly("ping", "pong");
        assertThat(net.left.stack.drops().total()).isZero();
        assertThat(net.left.stack.pool().outstanding()).isZero();
        assertThat(net.right.stack.pool().outstanding()).isZero();
    }

    @Test
    void time_passes_over_the_wrap_of_the_clock() {
        Harness net = new Harness();
        net.pass(Duration.ofSeconds(30));
        assertThat(net.clock.nanos()).isNegative();
    }
}
