package io.steamgate.edge.handoff;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.DatagramEnds.Asker;
import io.steamgate.edge.handoff.DatagramEnds.Got;
import io.steamgate.edge.handoff.DatagramEnds.Site;
import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import io.steamgate.edge.route.EndpointState;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.ProxyHeader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams of clients through the edge to a site and back, on memory wires. */
class DatagramPathTest {
    private static final int EDGE_A = HandoffNetwork.SITE_A & ~0xFF | 1;

    private static String routes(String protocol, String service) {
        return """
                listeners:
                  - {name: names, port: 53, protocol: %s, default: names}
                services:
                  names: {health: off, %s endpoints: ["198.51.100.11:5353"]}
                """.formatted(protocol, service);
    }

    private static String routes(String protocol) {
        return routes(protocol, "");
    }

    private HandoffNetwork network = new HandoffNetwork(Setup.PLAIN, routes("dns"));
    private Site site = new Site(network.siteA, HandoffNetwork.SITE_A);

    private Asker asker(int port) {
        return new Asker(network, port);
    }

    private void network(String routes) {
        network = new HandoffNetwork(Setup.PLAIN, routes);
        site = new Site(network.siteA, HandoffNetwork.SITE_A);
    }

    private long ended(FlowEnd end) {
        return network.gateway.datagrams().counters().ended().of(end.label()).get();
    }

    private long refused(String reason) {
        return network.gateway.datagrams().counters().refused().of(reason).get();
    }

    private int flows() {
        return network.gateway.datagrams().flows();
    }

    @Test
    void a_question_of_dns_keeps_its_client_s_address_and_its_answer_comes_from_the_vip() {

        Asker asker = asker(4000).ask("who is there");

        assertThat(site.got).containsExactly(new Got("192.0.2.2:4000", "who is there"));
        assertThat(asker.got).containsExactly(new Got("192.0.2.10:53", "WHO IS THERE"));
        assertThat(flows()).as("the question is answered").isZero();
        assertThat(ended(FlowEnd.ANSWERED)).isOne();
    }

    @Test
    void with_nat_the_site_sees_the_edge() {
        network(routes("dns", "address-mode: nat,"));

        Asker asker = asker(4000).ask("who is there");

        assertThat(site.got).hasSize(1);
        assertThat(site.got.getFirst().from()).startsWith(new Ipv4Address(EDGE_A) + ":");
        assertThat(asker.got).containsExactly(new Got("192.0.2.10:53", "WHO IS THERE"));
    }

    @Test
    void with_proxy_each_datagram_tells_its_client_and_answers_do_not() {
        network(routes("udp", "address-mode: proxy,"));
        site.introduced = true;

        Asker asker = asker(4000);
        for (int i = 0; i < 6; i++) {
            asker.ask("who is there, " + i);
        }

        assertThat(site.raw)
                .hasSize(6)
                .allSatisfy(bytes -> assertThat(ProxyHeader.parse(bytes, 0, bytes.length))
                        .isEqualTo(new ProxyHeader.Parsed.Complete(
                                ProxyHeader.udp(
                                        new Ipv4Address(HandoffNetwork.CLIENT),
                                        4000,
                                        new Ipv4Address(HandoffNetwork.VIP),
                                        53),
                                ProxyHeader.LENGTH_V4)));
        assertThat(asker.got).hasSize(6).last().isEqualTo(new Got("192.0.2.10:53", "WHO IS THERE, 5"));
    }

    @Test
    void an_introduction_that_makes_a_datagram_too_long_for_the_path_goes_in_fragments() {
        network(routes("udp", "address-mode: proxy,"));
        site.introduced = true;
        String longest = "x".repeat(1472);

        Asker asker = asker(4000).ask(longest);

        assertThat(site.got).extracting(Got::text).containsExactly(longest);
        assertThat(asker.got).extracting(Got::text).containsExactly("X".repeat(1472));
    }

    @ParameterizedTest
    @ValueSource(strings = {"transparent", "nat", "proxy"})
    void datagrams_longer_than_the_path_pass_in_fragments_both_ways(String mode) {
        network(routes("udp", "address-mode: " + mode + ","));
        site.introduced = mode.equals("proxy");
        String text = "y".repeat(3000);

        Asker asker = asker(4000).ask(text);

        assertThat(site.got).extracting(Got::text).containsExactly(text);
        assertThat(asker.got).extracting(Got::text).containsExactly("Y".repeat(3000));
    }

    @Test
    void an_empty_datagram_passes() {
        network(routes("udp", "address-mode: nat,"));

        Asker asker = asker(4000).ask("").ask("");

        assertThat(site.got).hasSize(2);
        assertThat(asker.got).containsExactly(new Got("192.0.2.10:53", ""), new Got("192.0.2.10:53", ""));
    }

    @Test
    void many_datagrams_of_one_port_are_the_kernel_s_where_there_is_one() {
        Asker asker = asker(4000);
        site.silent = true;
        for (int i = 0; i < 4; i++) {
            asker.ask("a question that nobody answers");
        }
        site.silent = false;
        for (int i = 0; i < 20; i++) {
            asker.ask("question number " + i);
        }

        assertThat(asker.got).hasSize(20).last().isEqualTo(new Got("192.0.2.10:53", "QUESTION NUMBER 19"));
        network.kernel.ifPresent(kernel -> assertThat(kernel.forwarded).isEqualTo(40));
        List<FlowView> views = network.gateway.flows(10, view -> true);
        assertThat(views).hasSize(1);
        assertThat(views.getFirst().transport()).isEqualTo("udp");
        assertThat(views.getFirst().packetsToEndpoint()).isEqualTo(24);
        assertThat(views.getFirst().packetsToClient()).isEqualTo(20);
    }

    @Test
    void a_question_without_answer_is_forgotten_after_five_seconds() {
        site.silent = true;
        asker(4000).ask("anybody?");
        assertThat(flows()).isOne();

        network.pass(4700);
        assertThat(flows()).isOne();
        network.pass(600);

        assertThat(flows()).isZero();
        assertThat(ended(FlowEnd.IDLE)).isOne();
    }

    @Test
    void what_passes_elsewhere_keeps_a_flow() {
        Asker asker = asker(4000);
        site.silent = true;
        for (int i = 0; i < 10; i++) {
            asker.ask("question number " + i);
            network.pass(2000);
        }
        assertThat(flows()).isOne();
        assertThat(ended(FlowEnd.IDLE)).isZero();

        // A real kernel's clock does not leap with this one: it dates what has passed to when it is asked.
        network.pass(16_000);
        assertThat(flows()).isZero();
    }

    @Test
    void one_flow_more_than_there_is_room_for_takes_the_place_of_the_one_used_least_recently() {
        network(routes("udp"));
        List<Asker> askers = new ArrayList<>();
        for (int i = 0; i < HandoffNetwork.DATAGRAM_FLOWS; i++) {
            askers.add(asker(4000 + i).ask("question"));
        }
        network.pass(1000);
        askers.getFirst().ask("again");
        assertThat(flows()).isEqualTo(HandoffNetwork.DATAGRAM_FLOWS);

        Asker last = asker(5000).ask("one more");

        assertThat(last.got).hasSize(1);
        assertThat(flows()).isEqualTo(HandoffNetwork.DATAGRAM_FLOWS);
        assertThat(ended(FlowEnd.EVICTED)).isOne();
        assertThat(network.gateway.flows(100, view -> view.client().equals("192.0.2.2:4000")))
                .as("used a second ago")
                .hasSize(1);
        assertThat(network.gateway.flows(100, view -> view.client().equals("192.0.2.2:4001")))
                .isEmpty();
        askers.get(1).ask("and on it goes");
        assertThat(askers.get(1).got).hasSize(2);
    }

    /** Datagrams of one port of the client pass elsewhere, as they do in the kernel. */
    private static final class Elsewhere implements Offload {
        private final int port;
        long lastSeen;

        Elsewhere(int port) {
            this.port = port;
        }

        @Override
        public void sync(Flow flow) {
            if (flow.path.clientPort() == port && lastSeen - flow.lastSeen > 0) {
                flow.lastSeen = lastSeen;
            }
        }
    }

    @Test
    void a_flow_that_is_busy_elsewhere_keeps_no_idle_one() {
        network(routes("udp"));
        Elsewhere kernel = new Elsewhere(4000);
        network.gateway.datagrams().offload(kernel);
        asker(4000).ask("question");
        asker(4001).ask("question");

        for (int i = 0; i < 40; i++) {
            kernel.lastSeen = network.clock.nanos();
            network.pass(10_000);
        }

        assertThat(network.gateway.flows(10, view -> true))
                .extracting(FlowView::client)
                .containsExactly("192.0.2.2:4000");
    }

    @Test
    void a_flow_that_was_busy_elsewhere_a_moment_ago_does_not_give_way() {
        network(routes("udp"));
        Elsewhere kernel = new Elsewhere(4000);
        network.gateway.datagrams().offload(kernel);
        for (int i = 0; i < HandoffNetwork.DATAGRAM_FLOWS; i++) {
            asker(4000 + i).ask("question");
        }
        network.pass(5_000);
        kernel.lastSeen = network.clock.nanos();
        network.pass(11_000);

        asker(5000).ask("one more");

        assertThat(ended(FlowEnd.EVICTED)).isOne();
        assertThat(network.gateway.flows(100, view -> view.client().equals("192.0.2.2:4000")))
                .hasSize(1);
    }

    @Test
    void ports_of_the_edge_come_back() {
        network(routes("dns", "address-mode: nat,"));
        Asker asker = asker(4000);
        for (int i = 0; i < 3; i++) {
            asker.ask("question");
        }

        assertThat(asker.got).hasSize(3);
        assertThat(site.got).extracting(Got::from).doesNotHaveDuplicates();
        assertThat(flows()).isZero();
    }

    @Test
    void a_stranger_s_answer_reaches_nobody() {
        network(routes("dns", "address-mode: nat,"));
        site.silent = true;
        Asker asker = asker(4000).ask("anybody?");
        int port = Integer.parseInt(site.got.getFirst().from().split(":")[1]);
        byte[] forged = "forged".getBytes(UTF_8);

        network.siteA.stack.udp().send(HandoffNetwork.SITE_A, 5354, EDGE_A, port, MemorySegment.ofArray(forged), 0, 6);
        network.settle();

        assertThat(asker.got).isEmpty();
    }

    @Test
    void the_error_of_a_closed_port_comes_to_the_client_as_if_the_vip_said_it() {
        network = new HandoffNetwork(Setup.PLAIN, routes("udp", "address-mode: nat,"));

        Asker asker = asker(4000).ask("anybody?");

        assertThat(asker.errors).hasSize(1);
        assertThat(asker.errors.getFirst().portUnreachable()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"transparent", "nat", "proxy"})
    void a_question_that_its_endpoint_refuses_goes_to_the_next_without_the_client_s_doing(String mode) {
        network = new HandoffNetwork(Setup.PLAIN, twoEndpoints(mode));
        Site other = new Site(network.siteB, HandoffNetwork.SITE_B);
        other.introduced = mode.equals("proxy");

        Asker asker = asker(4000).ask("anybody?");

        assertThat(asker.got).containsExactly(new Got("192.0.2.10:53", "ANYBODY?"));
        assertThat(asker.errors).isEmpty();
        assertThat(flows()).isZero();
    }

    @Test
    void a_question_that_all_endpoints_refuse_is_refused() {
        network = new HandoffNetwork(Setup.PLAIN, twoEndpoints("nat"));

        Asker asker = asker(4000).ask("anybody?");

        assertThat(asker.errors).hasSize(1);
    }

    @Test
    void a_question_that_is_not_quoted_whole_is_refused() {
        network = new HandoffNetwork(Setup.PLAIN, twoEndpoints("nat"));
        Site other = new Site(network.siteB, HandoffNetwork.SITE_B);

        Asker asker = asker(4000).ask("anybody? ".repeat(100));

        assertThat(asker.errors).hasSize(1);
        assertThat(other.got).isEmpty();
    }

    private static String twoEndpoints(String mode) {
        return """
                listeners:
                  - {name: names, port: 53, protocol: dns, default: names}
                services:
                  names:
                    address-mode: %s
                    health: off
                    endpoints: ["198.51.100.11:5353", {address: 203.0.113.12, port: 5353, backup: true}]
                """.formatted(mode);
    }

    @Test
    void a_service_without_endpoints_says_so_at_once() {
        network("""
                listeners:
                  - {name: names, port: 53, protocol: dns, default: names}
                services:
                  names: {endpoints: []}
                """);

        Asker asker = asker(4000).ask("anybody?");

        assertThat(asker.errors).hasSize(1);
        assertThat(refused("no-endpoint")).isOne();
        assertThat(flows()).isZero();
    }

    @Test
    void whom_the_listener_does_not_admit_is_not_answered() {
        network("""
                listeners:
                  - {name: names, port: 53, protocol: dns, deny: 192.0.2.0/24, default: names}
                services:
                  names: {health: off, endpoints: ["198.51.100.11:5353"]}
                """);

        Asker asker = asker(4000).ask("anybody?");

        assertThat(site.got).isEmpty();
        assertThat(asker.errors).isEmpty();
    }

    /** The first endpoint does not answer as often as makes it unhealthy. */
    private void lose() {
        EndpointState first = network.gateway
                .routes()
                .service("names")
                .orElseThrow()
                .endpoints()
                .getFirst();
        for (int i = 0; i < 3; i++) {
            first.connectFailed();
        }
    }

    @Test
    void a_flow_whose_endpoint_is_lost_goes_to_another() {
        network("""
                listeners:
                  - {name: names, port: 53, protocol: udp, default: names}
                services:
                  names:
                    address-mode: transparent
                    balance: round-robin
                    health: off
                    endpoints: ["198.51.100.11:5353", {address: 203.0.113.12, port: 5353, backup: true}]
                """);
        Site other = new Site(network.siteB, HandoffNetwork.SITE_B);
        Asker asker = asker(4000);
        for (int i = 0; i < 6; i++) {
            asker.ask("question");
        }
        assertThat(site.got).hasSize(6);
        lose();

        // A flow that the kernel forwards is noticed by the next sweep.
        network.pass(12_000);
        // With checks off an endpoint is left out for ten seconds only.
        lose();
        asker.ask("question");

        assertThat(ended(FlowEnd.LOST)).isPositive();
        assertThat(other.got).hasSize(1);
        assertThat(asker.got).hasSize(7);
    }

    @Test
    void a_listener_that_is_gone_takes_no_new_flows_and_keeps_the_old() {
        network(routes("udp", "address-mode: nat,"));
        Asker old = asker(4000).ask("question");
        network.apply("""
                listeners:
                  - {name: web, port: 53, protocol: tcp, default: names}
                services:
                  names: {health: off, address-mode: nat, endpoints: ["198.51.100.11:5353"]}
                """);

        old.ask("another");
        Asker fresh = asker(4001).ask("mine");

        assertThat(old.got).hasSize(2);
        assertThat(fresh.got).isEmpty();
        assertThat(fresh.errors).hasSize(1);
    }
}
