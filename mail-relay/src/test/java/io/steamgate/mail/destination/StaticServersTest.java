package io.steamgate.mail.destination;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StaticServersTest {
    private static StaticServers.Weighted server(String name, int weight) {
        return new StaticServers.Weighted(new Server(name, InetSocketAddress.createUnresolved(name, 25)), weight);
    }

    @Test
    void messagesBeginWithServersByTheirWeightAndGoOnToAllOthers() {
        StaticServers servers =
                new StaticServers(List.of(server("one", 1), server("two", 2), server("five", 5)), new Random(1));
        Map<String, Integer> first = new HashMap<>();
        for (int i = 0; i < 8000; i++) {
            List<Server> order = servers.order();
            assertThat(order).extracting(Server::name).containsExactlyInAnyOrder("one", "two", "five");
            first.merge(order.getFirst().name(), 1, Integer::sum);
        }
        assertThat(first.get("one")).isCloseTo(1000, within(100));
        assertThat(first.get("two")).isCloseTo(2000, within(150));
        assertThat(first.get("five")).isCloseTo(5000, within(200));
    }
}
