package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServiceStateTest {
    private static final TcpOptions LINUX = new TcpOptions(1460, 7, true, true);

    @Test
    void a_client_keeps_its_endpoint() {
        ServiceState service = service(Balance.CLIENT_HASH, 1, 1, 1);

        for (int client = 0; client < 100; client++) {
            assertThat(pick(service, client)).isSameAs(pick(service, client));
        }
    }

    @Test
    void the_loss_of_an_endpoint_moves_only_its_own_clients() {
        Randomness random = Randomness.seeded(1);
        for (int round = 0; round < 20; round++) {
            ServiceState service = service(Balance.CLIENT_HASH, 1, 5, 1, 10, 2);
            Map<Integer, EndpointState> before = assign(service, random, 500);
            EndpointState lost = service.endpoints().get(random.nextInt(5));
            lost.connectFailed();
            lost.connectFailed();
            lost.connectFailed();
            assertThat(lost.health()).isEqualTo(Health.UNHEALTHY);

            before.forEach((client, endpoint) -> {
                if (endpoint == lost) {
                    assertThat(pick(service, client)).isNotSameAs(lost);
                } else {
                    assertThat(pick(service, client)).isSameAs(endpoint);
                }
            });
        }
    }

    @Test
    void a_new_endpoint_takes_its_share_and_moves_nobody_else() {
        ServiceState four = service(Balance.CLIENT_HASH, 1, 1, 1, 1);
        ServiceState five = service(Balance.CLIENT_HASH, 1, 1, 1, 1, 1);
        int moved = 0;
        for (int client = 0; client < 10_000; client++) {
            Endpoint before = pick(four, client).endpoint();
            Endpoint after = pick(five, client).endpoint();
            if (!before.equals(after)) {
                moved++;
                assertThat(after).isEqualTo(five.endpoints().getLast().endpoint());
            }
        }
        assertThat(moved / 10_000.0).isCloseTo(0.2, within(0.02));
    }

    @Test
    void another_order_in_the_file_moves_nobody() {
        List<EndpointState> states =
                new ArrayList<>(service(Balance.CLIENT_HASH, 1, 2, 3).endpoints());
        ServiceState forward = new ServiceState(definition(Balance.CLIENT_HASH, states), states);
        List<EndpointState> turned = states.reversed();
        ServiceState backward = new ServiceState(definition(Balance.CLIENT_HASH, turned), turned);

        for (int client = 0; client < 1000; client++) {
            assertThat(pick(forward, client)).isSameAs(pick(backward, client));
        }
    }

    /** Neighbouring addresses, as the clients of one network have: the hash must spread them too. */
    @Test
    void each_endpoint_gets_the_share_of_clients_that_its_weight_says() {
        ServiceState service = service(Balance.CLIENT_HASH, 1, 2, 5, 12);
        Map<EndpointState, Integer> shares = new HashMap<>();
        int base = Ipv4Address.parse("10.0.0.0").bits();
        for (int i = 0; i < 50_000; i++) {
            shares.merge(pick(service, base + i), 1, Integer::sum);
        }

        for (EndpointState endpoint : service.endpoints()) {
            double expected = endpoint.endpoint().weight() / 20.0;
            assertThat(shares.getOrDefault(endpoint, 0) / 50_000.0)
                    .as("share of weight %d", endpoint.endpoint().weight())
                    .isCloseTo(expected, within(0.01));
        }
    }

    @Test
    void a_changed_weight_moves_clients_only_to_or_from_that_endpoint() {
        ServiceState before = service(Balance.CLIENT_HASH, 4, 4, 4);
        ServiceState after = service(Balance.CLIENT_HASH, 4, 8, 4);
        for (int client = 0; client < 5000; client++) {
            Endpoint old = pick(before, client).endpoint();
            Endpoint now = pick(after, client).endpoint();
            if (!old.sameAs(now)) {
                assertThat(now.weight()).isEqualTo(8);
            }
        }
    }

    @Test
    void least_flows_fills_by_weight() {
        ServiceState service = service(Balance.LEAST_FLOWS, 1, 3);
        for (int i = 0; i < 400; i++) {
            pick(service, 7).flowOpened();
        }

        assertThat(service.endpoints()).extracting(e -> e.activeFlows().get()).containsExactly(100L, 300L);
    }

    @Test
    void least_flows_takes_turns_among_idle_endpoints() {
        ServiceState service = service(Balance.LEAST_FLOWS, 1, 1, 1);
        List<EndpointState> picked = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            EndpointState endpoint = pick(service, 7);
            endpoint.flowOpened();
            endpoint.flowClosed();
            picked.add(endpoint);
        }

        assertThat(picked.subList(0, 3)).containsExactlyInAnyOrderElementsOf(service.endpoints());
        assertThat(picked.subList(3, 6)).isEqualTo(picked.subList(0, 3));
    }

    @Test
    void least_flows_goes_where_flows_have_ended() {
        ServiceState service = service(Balance.LEAST_FLOWS, 1, 1);
        for (int i = 0; i < 10; i++) {
            pick(service, 7).flowOpened();
        }
        EndpointState emptied = service.endpoints().getLast();
        emptied.flowClosed();
        emptied.flowClosed();

        assertThat(pick(service, 7)).isSameAs(emptied);
    }

    /** The sequence that nginx gives for weights 5, 1, 1. */
    @Test
    void round_robin_mixes_the_light_ones_in() {
        ServiceState service = service(Balance.ROUND_ROBIN, 5, 1, 1);
        StringBuilder sequence = new StringBuilder();
        for (int i = 0; i < 14; i++) {
            sequence.append((char) ('a' + service.endpoints().indexOf(pick(service, i))));
        }

        assertThat(sequence).hasToString("aabacaaaabacaa");
    }

    @Test
    void what_failed_this_flow_is_not_picked_again_until_the_retries_are_used_up() {
        ServiceState service = service(Balance.CLIENT_HASH, 1, 1, 1, 1, 1, 1, 1);
        List<EndpointState> tried = new ArrayList<>();
        for (Optional<EndpointState> next = service.pick(7, tried); next.isPresent(); next = service.pick(7, tried)) {
            assertThat(tried).doesNotContain(next.get());
            tried.add(next.get());
        }

        assertThat(tried).hasSize(1 + Service.DEFAULT_RETRIES);
    }

    @Test
    void a_service_without_endpoints_gives_none() {
        assertThat(service(Balance.ROUND_ROBIN).pick(7, Set.of())).isEmpty();
        assertThat(service(Balance.ROUND_ROBIN).available()).isFalse();
    }

    @Test
    void unhealthy_draining_and_full_endpoints_get_nothing() {
        Endpoint full = new Endpoint(address(1), 80, 1, 1, false, false);
        Endpoint draining = new Endpoint(address(2), 80, 1, 0, true, false);
        Endpoint unhealthy = Endpoint.of(address(3), 80);
        ServiceState service = of(Balance.ROUND_ROBIN, full, draining, unhealthy);
        service.endpoints().get(2).checkFailed();

        EndpointState only = pick(service, 1);
        assertThat(only.endpoint()).isEqualTo(full);
        only.flowOpened();
        assertThat(service.pick(1, Set.of())).isEmpty();
        assertThat(service.available()).isFalse();
        only.flowClosed();
        assertThat(service.available()).isTrue();
        assertThat(pick(service, 1)).isSameAs(only);
    }

    @Test
    void a_backup_serves_only_while_no_other_can() {
        Endpoint backup = new Endpoint(address(2), 80, 100, 0, false, true);
        ServiceState service = of(Balance.CLIENT_HASH, Endpoint.of(address(1), 80), backup);
        EndpointState first = service.endpoints().getFirst();
        service.endpoints().getLast().checkPassed(LINUX);

        assertThat(pick(service, 7)).isSameAs(first);
        first.checkFailed();
        assertThat(pick(service, 7).endpoint()).isEqualTo(backup);
        first.checkPassed(LINUX);
        first.checkPassed(LINUX);
        assertThat(pick(service, 7)).isSameAs(first);
    }

    @Test
    void endpoints_not_checked_yet_serve_until_one_is_known_to_be_healthy() {
        ServiceState service = service(Balance.ROUND_ROBIN, 1, 1);

        assertThat(service.pick(1, Set.of())).isPresent();
        service.endpoints().getLast().checkPassed(LINUX);
        for (int i = 0; i < 4; i++) {
            assertThat(pick(service, i)).isSameAs(service.endpoints().getLast());
        }
        assertThat(service.pick(1, Set.of(service.endpoints().getLast())))
                .contains(service.endpoints().getFirst());
    }

    private static Map<Integer, EndpointState> assign(ServiceState service, Randomness random, int clients) {
        Map<Integer, EndpointState> assigned = new HashMap<>();
        for (int i = 0; i < clients; i++) {
            int client = random.nextInt();
            assigned.put(client, pick(service, client));
        }
        return assigned;
    }

    private static EndpointState pick(ServiceState service, int client) {
        return service.pick(client, Set.of()).orElseThrow();
    }

    private static ServiceState service(Balance balance, int... weights) {
        Endpoint[] endpoints = new Endpoint[weights.length];
        for (int i = 0; i < weights.length; i++) {
            endpoints[i] = new Endpoint(address(i + 1), 80, weights[i], 0, false, false);
        }
        return of(balance, endpoints);
    }

    private static ServiceState of(Balance balance, Endpoint... endpoints) {
        List<EndpointState> states = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            states.add(new EndpointState("s", endpoint, () -> {}));
        }
        return new ServiceState(definition(balance, states), states);
    }

    private static Service definition(Balance balance, List<EndpointState> states) {
        return new Service(
                "s",
                AddressMode.PROXY,
                AddressMode.PROXY,
                balance,
                Service.DEFAULT_CONNECT_TIMEOUT,
                Service.DEFAULT_RETRIES,
                HealthCheck.DEFAULT,
                TcpOptions.CAUTIOUS,
                states.stream().map(EndpointState::endpoint).toList());
    }

    private static Ipv4Address address(int last) {
        return Ipv4Address.of(198, 51, 100, last);
    }
}
