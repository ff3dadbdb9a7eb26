package io.steamgate.edge.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.handoff.HandoffNetwork.Setup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection of which not every octet is a request any more, or never was: by what passes through a whole edge. */
class EndOfFollowingTest {
    /** What would belong to b if it were a request. */
    private static final String ELSEWHERE = "GET /b/ HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private final HandoffNetwork network = new HandoffNetwork(
            Setup.PLAIN, HandoffNetwork.twoSites("nat").replace("services:", "    default: a\nservices:"));
    private final List<RawEnd> a = new ArrayList<>();
    private final List<RawEnd> b = new ArrayList<>();
    private final RawEnd client;

    EndOfFollowingTest() {
        network.serve(
                network.siteA,
                HandoffNetwork.SITE_A,
                80,
                HandoffNetwork.EVERYTHING,
                connection -> a.add(new RawEnd(connection)));
        network.serve(
                network.siteB,
                HandoffNetwork.SITE_B,
                80,
                HandoffNetwork.EVERYTHING,
                connection -> b.add(new RawEnd(connection)));
        client = new RawEnd(network.connect(80, new io.steamgate.edge.tcp.TcpEvents() {}));
        network.settle();
    }

    private void says(String text) {
        client.send(text);
        network.settle();
    }

    private void answers(RawEnd site, String text) {
        site.send(text);
        network.settle();
    }

    private boolean followed() {
        return network.gateway.flows(1, flow -> true).getFirst().followed();
    }

    private void assertEverythingGoesToA(String before) {
        assertThat(followed()).isFalse();
        says(ELSEWHERE);
        says(ELSEWHERE);
        assertThat(a.getFirst().text()).isEqualTo(before + ELSEWHERE + ELSEWHERE);
        answers(a.getFirst(), "no HTTP at all");
        assertThat(client.text()).endsWith("no HTTP at all");
        assertThat(b).isEmpty();
    }

    @Test
    void after_101_both_ends_say_what_they_like() {
        String upgrade = "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n";
        says(upgrade);
        // The endpoint has acknowledged it.
        network.pass(100);
        assertThat(followed()).isTrue();

        answers(a.getFirst(), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n");

        assertEverythingGoesToA(upgrade);
    }

    @Test
    void an_upgrade_that_is_refused_leaves_requests_to_follow() {
        says("GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n");
        answers(a.getFirst(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno");

        says(ELSEWHERE);

        network.pass(500);
        assertThat(b).singleElement().extracting(RawEnd::text).isEqualTo(ELSEWHERE);
        assertThat(a.getFirst().text()).doesNotContain("/b/");
    }

    @Test
    void after_connect_is_accepted_both_ends_say_what_they_like() {
        String connect = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n";
        says(connect);

        answers(a.getFirst(), "HTTP/1.1 200 Connection established\r\n\r\n");

        assertEverythingGoesToA(connect);
    }

    @Test
    void a_connection_that_begins_with_the_preface_of_http_2_is_never_followed() {
        String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        says(preface);
        answers(a.getFirst(), "settings");

        assertEverythingGoesToA(preface);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, HTTP/1.1 204 No Content",
        "GET, HTTP/1.1 304 Not Modified",
        "HEAD, HTTP/1.1 200 OK",
        "GET, HTTP/1.1 103 Early Hints~HTTP/1.1 204 No Content"
    })
    void a_response_without_a_body_is_over_with_its_head_whatever_length_it_tells(String method, String status) {
        says(method + " / HTTP/1.1\r\nHost: a.test\r\n\r\n");
        answers(a.getFirst(), status.replace("~", "\r\n\r\n") + "\r\nContent-Length: 500\r\n\r\n");

        says(ELSEWHERE);

        network.pass(500);
        assertThat(b).singleElement().extracting(RawEnd::text).isEqualTo(ELSEWHERE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "no status line\r\n"})
    void a_response_without_length_lasts_until_the_connection_ends_and_nothing_goes_elsewhere(String head) {
        says("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
        answers(a.getFirst(), head + "x".repeat(5000));
        says(ELSEWHERE);
        answers(a.getFirst(), "y".repeat(5000));
        a.getFirst().connection.shutdownOutput();

        assertThat(network.until(() -> client.connection.endOfStream() || client.closed.isPresent(), 30))
                .isTrue();
        assertThat(client.text()).isEqualTo(head + "x".repeat(5000) + "y".repeat(5000));
        assertThat(b).isEmpty();
    }
}
