package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.wire.Ipv4Address;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LiveRoutesTest {
    private static final Ipv4Address CLIENT = Ipv4Address.of(10, 1, 2, 3);
    private static final TcpOptions LINUX = new TcpOptions(1460, 7, true, true);

    private static final String FILE = """
            listeners:
              - name: web
                port: 80
                protocol: http
                rules:
                  - {host: a.test, service: a}
                default: b
              - {name: alt, port: 81, protocol: tcp, default: a}
            services:
              a: {endpoints: ["198.51.100.11:80", "198.51.100.12:80"]}
              b: {endpoints: ["198.51.100.11:80"]}
              unused: {endpoints: ["198.51.100.99:80"]}
            """;

    private final ManualClock clock = new ManualClock();
    private final Timers timers = new Timers(clock);
    private final Map<String, TcpOptions> answers = new HashMap<>();
    private final LiveRoutes live = new LiveRoutes(timers, Randomness.seeded(1), this::probe);

    @Test
    void the_first_routes_add_every_listener() {
        LiveRoutes.Change change = apply(FILE);

        assertThat(change.removed()).isEmpty();
        assertThat(change.added()).extracting(l -> l.listener().name()).containsExactly("web", "alt");
        assertThat(live.services()).extracting(ServiceState::name).containsExactly("a", "b", "unused");
        assertThat(listener("web").decide(RouteKey.ofPort(), CLIENT)).contains(service("b"));
    }

    @Test
    void a_reload_keeps_what_is_known_of_endpoints_that_stay() {
        answers.put("198.51.100.11", LINUX);
        apply(FILE);
        check();
        EndpointState state = service("a").endpoints().getFirst();
        state.flowOpened();
        ListenerState web = listener("web");

        LiveRoutes.Change change = apply(FILE.replace(
                        "a: {endpoints: [\"198.51.100.11:80\", ",
                        "a: {endpoints: [{address: 198.51.100.11, port: 80, weight: 9}, ")
                .replace("default: b", "default: a"));

        assertThat(change.added()).isEmpty();
        assertThat(change.removed()).isEmpty();
        assertThat(service("a").endpoints().getFirst()).isSameAs(state);
        assertThat(state.health()).isEqualTo(Health.HEALTHY);
        assertThat(state.learnt()).contains(LINUX);
        assertThat(state.endpoint().weight()).isEqualTo(9);
        assertThat(state.activeFlows().get()).isEqualTo(1);
        assertThat(listener("web")).isSameAs(web);
        assertThat(web.decide(RouteKey.ofPort(), CLIENT)).contains(service("a"));
    }

    @Test
    void endpoints_of_two_services_are_two_even_at_one_address() {
        apply(FILE);

        assertThat(service("a").endpoints().getFirst())
                .isNotSameAs(service("b").endpoints().getFirst());
    }

    @Test
    void an_endpoint_taken_out_of_the_file_keeps_its_flows_and_gets_no_new_ones() {
        apply(FILE);
        ServiceState a = service("a");
        EndpointState gone = a.endpoints().getLast();
        gone.flowOpened();

        apply(FILE.replace(", \"198.51.100.12:80\"", ""));

        assertThat(service("a")).isSameAs(a);
        assertThat(gone.removed()).isTrue();
        assertThat(gone.draining()).isTrue();
        assertThat(live.leaving()).containsExactly(gone);
        for (int client = 0; client < 50; client++) {
            assertThat(a.pick(client, Set.of()))
                    .contains(service("a").endpoints().getFirst());
        }
        gone.flowClosed();
        assertThat(live.leaving()).isEmpty();
    }

    @Test
    void an_endpoint_that_comes_back_while_it_drains_is_the_same_but_has_to_be_seen_again() {
        answers.put("198.51.100.12", LINUX);
        apply(FILE);
        check();
        EndpointState state = service("a").endpoints().getLast();
        state.flowOpened();
        assertThat(state.health()).isEqualTo(Health.HEALTHY);
        apply(FILE.replace(", \"198.51.100.12:80\"", ""));
        apply(FILE);

        assertThat(service("a").endpoints().getLast()).isSameAs(state);
        assertThat(state.removed()).isFalse();
        assertThat(state.health()).isEqualTo(Health.UNKNOWN);
        check();
        assertThat(state.health()).isEqualTo(Health.HEALTHY);
        assertThat(live.leaving()).isEmpty();
    }

    @Test
    void a_removed_service_is_no_longer_checked() {
        apply(FILE);
        apply("listeners: []\nservices: {}\n");

        assertThat(live.listeners()).isEmpty();
        assertThat(live.services()).isEmpty();
        assertThat(timers.armed()).isZero();
    }

    @Test
    void a_listener_with_other_ports_is_closed_and_opened() {
        apply(FILE);
        ListenerState old = listener("alt");
        LiveRoutes.Change change = apply(FILE.replace("port: 81", "ports: [81, 82]"));

        assertThat(change.removed()).containsExactly(old);
        assertThat(change.added()).containsExactly(listener("alt"));
        assertThat(listener("alt")).isNotSameAs(old);
    }

    @Test
    void the_offer_is_what_every_healthy_endpoint_keeps() {
        answers.put("198.51.100.11", new TcpOptions(1460, 7, true, true));
        answers.put("198.51.100.12", new TcpOptions(1410, 10, true, false));
        answers.put("198.51.100.99", new TcpOptions(536, -1, false, false));
        apply(FILE);
        assertThat(listener("web").offer()).as("before any check").isEqualTo(TcpOptions.CAUTIOUS);
        check();

        assertThat(listener("web").offer()).isEqualTo(new TcpOptions(1410, 10, true, false));
        answers.remove("198.51.100.12");
        check();
        check();
        check();
        assertThat(listener("web").offer()).as("unhealthy ones do not count").isEqualTo(LINUX);
    }

    @Test
    void one_endpoint_without_window_scaling_forbids_it_for_all() {
        answers.put("198.51.100.11", LINUX);
        answers.put("198.51.100.12", new TcpOptions(1460, -1, false, true));
        apply(FILE);
        check();

        assertThat(listener("alt").offer()).isEqualTo(new TcpOptions(1460, -1, false, true));
    }

    @Test
    void a_service_that_is_not_checked_makes_the_offer_of_its_listener_cautious() {
        answers.put("198.51.100.11", LINUX);
        answers.put("198.51.100.12", LINUX);
        apply(FILE.replace("b: {endpoints", "b: {health: off, endpoints"));
        check();

        assertThat(listener("web").offer()).isEqualTo(TcpOptions.CAUTIOUS);
        assertThat(listener("alt").offer()).isEqualTo(LINUX);
    }

    @Test
    void what_the_operator_says_of_endpoints_stands_until_a_check_knows_better() {
        answers.put("198.51.100.11", new TcpOptions(1410, 9, true, false));
        String said = FILE.replace("b: {endp", "b: {tcp-options: {mss: 1460, window-scale: 7, sack: true}, endp")
                .replace("{host: a.test, service: a}", "{host: a.test, service: b}");
        apply(said);
        assertThat(listener("web").offer()).isEqualTo(new TcpOptions(1460, 7, true, false));
        check();
        assertThat(listener("web").offer()).isEqualTo(new TcpOptions(1410, 9, true, false));

        apply(said.replace("b: {tcp", "b: {health: off, tcp"));
        assertThat(listener("web").offer()).isEqualTo(new TcpOptions(1460, 7, true, false));
    }

    @Test
    void an_endpoint_set_to_drain_no_longer_holds_the_offer_down() {
        answers.put("198.51.100.11", LINUX);
        answers.put("198.51.100.12", new TcpOptions(536, -1, false, false));
        apply(FILE);
        check();
        assertThat(listener("alt").offer().sack()).isFalse();

        apply(FILE.replace("\"198.51.100.12:80\"", "{address: 198.51.100.12, port: 80, drain: true}"));
        assertThat(listener("alt").offer()).isEqualTo(LINUX);
    }

    @Test
    void the_offer_is_computed_once_until_something_changes() {
        answers.put("198.51.100.11", LINUX);
        answers.put("198.51.100.12", LINUX);
        apply(FILE);
        check();
        TcpOptions offer = listener("web").offer();
        check();

        assertThat(listener("web").offer()).isSameAs(offer);
    }

    @Test
    void a_listener_admits_whom_its_lists_admit_and_no_more_than_its_limit() {
        apply(FILE.replace("port: 81", "port: 81, allow: 10.0.0.0/8, deny: [10.9.0.0/16], max-flows: 2"));
        ListenerState alt = listener("alt");

        assertThat(alt.admit(CLIENT)).isTrue();
        assertThat(alt.admit(Ipv4Address.of(10, 9, 0, 1))).isFalse();
        assertThat(alt.admit(Ipv4Address.of(11, 0, 0, 1))).isFalse();
        alt.flowOpened();
        alt.flowOpened();
        assertThat(alt.admit(CLIENT)).isFalse();
        alt.flowClosed();
        assertThat(alt.admit(CLIENT)).isTrue();
        assertThat(alt.notAdmitted().get()).isEqualTo(3);
        assertThat(alt.totalFlows().get()).isEqualTo(2);
    }

    private LiveRoutes.Change apply(String text) {
        return live.apply(
                new RoutesReader(RoutesContext.UNKNOWN).read(text, "test").routes());
    }

    /** Lets every endpoint be checked once. */
    private void check() {
        clock.advanceMillis(2_200);
        timers.fire();
    }

    private HealthProbe.Attempt probe(EndpointState endpoint, Service service, int port, HealthProbe.Result result) {
        TcpOptions answer = answers.get(endpoint.endpoint().address().toString());
        if (answer == null) {
            result.failed();
        } else {
            result.passed(answer);
        }
        return () -> {};
    }

    private ListenerState listener(String name) {
        return live.listeners().stream()
                .filter(l -> l.listener().name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private ServiceState service(String name) {
        return live.service(name).orElseThrow();
    }
}
