package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutesReaderTest {
    private static final String EVERYTHING = """
            listeners:
              - name: web
                address: 192.0.2.10
                ports: [80, 8000-8099]
                protocol: http
                follow-timeout: 5s
                follow-limit: 32KiB
                idle-timeout: 1h30m
                max-flows: 1000
                allow: [10.0.0.0/8, 192.0.2.0/24]
                deny: 10.9.0.0/16
                rules:
                  - {host: [A.test., "*.a.test"], path: /shared/, service: site-b}
                  - {path: /x, path-exact: /y, cookie: [SRV=a, SRV=b*, SRV], etag: "a-", source: 10.1.0.0/16, service: site-a}
                default: site-a
              - name: secure
                port: 443
                protocol: tls
                rules:
                  - {sni: b.test, alpn: [h2, http/1.1], service: site-b}
            services:
              site-a:
                address-mode: nat
                balance: least-flows
                connect-timeout: 500ms
                retries: 1
                health: {interval: 5s, timeout: 250ms, rise: 4, fall: 5, port: 8080}
                tcp-options: {mss: 1460, window-scale: 7, sack: true, timestamps: true}
                endpoints:
                  - {address: 198.51.100.11, port: 80, weight: 10, max-flows: 7, drain: true}
                  - {address: 198.51.100.12, backup: true}
              site-b:
                health: off
                endpoints: ["198.51.100.12:80", 198.51.100.13]
            """;

    private static final String SMALL = """
            listeners:
              - {name: web, port: 80, protocol: http, default: a}
            services:
              a: {endpoints: ["198.51.100.11:80"]}
            """;

    @Test
    void a_file_with_every_key_is_read_as_written() {
        Routes routes = read(EVERYTHING).routes();

        Service siteA = new Service(
                "site-a",
                AddressMode.NAT,
                AddressMode.NAT,
                Balance.LEAST_FLOWS,
                Duration.ofMillis(500),
                1,
                new HealthCheck(true, Duration.ofSeconds(5), Duration.ofMillis(250), 4, 5, 8080),
                new TcpOptions(1460, 7, true, true),
                List.of(
                        new Endpoint(Ipv4Address.parse("198.51.100.11"), 80, 10, 7, true, false),
                        new Endpoint(Ipv4Address.parse("198.51.100.12"), 0, 1, 0, false, true)));
        assertThat(routes.services()).containsOnlyKeys("site-a", "site-b").containsEntry("site-a", siteA);
        assertThat(routes.services().get("site-b")).satisfies(b -> {
            assertThat(b.health()).isEqualTo(HealthCheck.OFF);
            assertThat(b.endpoints()).hasToString("[198.51.100.12:80, 198.51.100.13:*]");
        });
        assertThat(routes.listeners()).extracting(Listener::name).containsExactly("web", "secure");
        assertThat(routes.listeners().getFirst()).satisfies(web -> {
            assertThat(web.address()).contains(Ipv4Address.parse("192.0.2.10"));
            assertThat(web.ports()).containsExactly(PortRange.of(80), new PortRange(8000, 8099));
            assertThat(web.protocol()).isEqualTo(Protocol.HTTP);
            assertThat(web.followTimeout()).isEqualTo(Duration.ofSeconds(5));
            assertThat(web.followLimit()).isEqualTo(32768);
            assertThat(web.idleTimeout()).isEqualTo(Duration.ofMinutes(90));
            assertThat(web.maxFlows()).isEqualTo(1000);
            assertThat(web.allow()).containsExactly(Ipv4Network.parse("10.0.0.0/8"), Ipv4Network.parse("192.0.2.0/24"));
            assertThat(web.deny()).containsExactly(Ipv4Network.parse("10.9.0.0/16"));
            assertThat(web.rules().otherwise()).contains(siteA);
            assertThat(web.rules().rules())
                    .containsExactly(
                            new Rule(
                                    List.of(new HostPattern("a.test", false), new HostPattern("a.test", true)),
                                    List.of(new PathPattern("/shared/", false)),
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    "site-b"),
                            new Rule(
                                    List.of(),
                                    List.of(new PathPattern("/x", false), new PathPattern("/y", true)),
                                    List.of(
                                            new CookiePattern("SRV", "a", false),
                                            new CookiePattern("SRV", "b", true),
                                            new CookiePattern("SRV", "", true)),
                                    List.of("a-"),
                                    List.of(),
                                    List.of(Ipv4Network.parse("10.1.0.0/16")),
                                    "site-a"));
        });
        assertThat(routes.listeners().getLast().rules().rules().getFirst().alpn())
                .containsExactly("h2", "http/1.1");
    }

    @Test
    void what_is_not_written_has_its_default() {
        Routes routes = read(SMALL).routes();

        Service service = Service.of("a", List.of(Endpoint.of(Ipv4Address.parse("198.51.100.11"), 80)));
        assertThat(routes.services()).containsEntry("a", service);
        assertThat(routes.listeners())
                .containsExactly(Listener.of(
                        "web", 80, Protocol.HTTP, new RuleTable(List.of(), Optional.of(service), routes.services())));
        assertThat(service.health().interval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(routes.listeners().getFirst().idleTimeout()).isEqualTo(Duration.ofMinutes(124));
    }

    @Test
    void anchors_save_repetition() {
        Routes routes = read("""
                        listeners:
                          - {name: web, port: 80, protocol: http, rules: &rules [{host: a.test, service: a}]}
                          - {name: alt, port: 81, protocol: http, rules: *rules}
                        services:
                          a: {endpoints: ["198.51.100.11:80"]}
                        """).routes();

        assertThat(routes.listeners().getLast().rules())
                .isEqualTo(routes.listeners().getFirst().rules());
    }

    /** Each error stands where the cursor of an editor would go. */
    @ParameterizedTest(name = "{1} instead of {0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "protocol: http    | protcol: http          | 5:5  | unknown key 'protcol' in a listener; did you mean 'protocol'?",
                "max-flows: 1000   | maxconn: 1000          | 9:5  | unknown key 'maxconn' in a listener; did you mean 'max-flows'?",
                "protocol: http    | protocol: https        | 5:15 | 'protocol': 'https' is not known; did you mean 'tls'?",
                "protocol: http    | protocol: [http]       | 5:15 | 'protocol' takes one value",
                "protocol: http    | protocol:              | 5:14 | 'protocol' has no value: write one or leave the key out",
                "address: 192.0.2.10 | address: vip         | 3:14 | 'address': 'vip' is not an IPv4 address (names are not resolved)",
                "address: 192.0.2.10 | address: 2001:db8::1 | 3:14 | 'address': '2001:db8::1' is not an IPv4 address (IPv6 is not supported yet)",
                "address: 192.0.2.10 | address: 192.0.2.99  | 3:14 | 'address': 192.0.2.99 is not an address of the edge; it owns [192.0.2.10]",
                "address: 192.0.2.10 | address: 224.0.0.1   | 3:14 | 'address': 224.0.0.1 is not the address of a host",
                "[80, 8000-8099]   | [80, 8000-7999]        | 4:17 | 'ports': '8000-7999' ends before it begins",
                "[80, 8000-8099]   | [80, 70-99]            | 4:17 | 'ports': 70-99 is there twice",
                "[80, 8000-8099]   | 0                      | 4:12 | 'ports': '0' is not a whole number from 1 to 65535",
                "[80, 8000-8099]   | []                     | 4:12 | 'ports' is an empty list: leave the key out",
                "port: 443         | port: 65536            | 17:11 | 'port': '65536' is not a whole number from 1 to 65535",
                "port: 443         | port: 8080\\n    ports: 1 | 16:5 | a listener needs either 'port' or 'ports'",
                "port: 443         | ports: 8099            | 16:5 | the listeners 'web' and 'secure' want the same port of the same address",
                "name: secure      | name: web              | 16:5 | the listener 'web' is already there",
                "name: secure      | name: -x               | 16:11 | 'name': '-x' is not a name: up to 63 letters, digits, '-', '_' and '.', a letter or digit first and last",
                "follow-timeout: 5s | follow-timeout: 5     | 6:21 | 'follow-timeout': '5' is not a duration like 500ms, 10s or 2h4m; did you mean '5s'?",
                "follow-timeout: 5s | follow-timeout: 1h    | 6:21 | 'follow-timeout': '1h' is not between 100ms and 10m",
                "32KiB             | 32kB                   | 7:19 | 'follow-limit': '32kB' is not a size like 16384, 16KiB or 1MiB",
                "32KiB             | 65KiB                  | 7:19 | 'follow-limit': '65KiB' is not between 512 and 65536 bytes",
                "10.9.0.0/16       | 10.9.0.1/16            | 11:11 | 'deny': '10.9.0.1/16' has bits beyond its prefix; did you mean '10.9.0.0/16'?",
                "10.9.0.0/16       | 10.9.0.0/33            | 11:11 | 'deny': '10.9.0.0/33' is not an address block like 192.0.2.0/24",
                "A.test.           | http://a.test          | 13:17 | 'host': 'http://a.test' is more than a host name: write it without scheme, port and path",
                "A.test.           | bücher.test            | 13:17 | 'host': 'bücher.test' is not ASCII: write 'xn--bcher-kva.test'",
                "A.test.           | a..test                | 13:17 | 'host': 'a..test' is not a host name like a.test or *.a.test",
                "A.test.           | '*'                    | 13:17 | 'host': '*' stands for every host: leave the key out, or write '*.example.com'",
                "path: /x          | path: x                | 14:16 | 'path': 'x' does not begin with '/'",
                "path: /x          | path: /x*              | 14:16 | 'path': '/x*' ends with '*', but a path is a prefix already: write '/x'",
                "path: /x          | path: '/x?y'           | 14:16 | 'path': '/x?y' has a query or fragment; only the path before it is compared",
                "SRV=a,            | =a,                    | 14:45 | 'cookie': '=a' is not a cookie like NAME, NAME=value or NAME=beginning*",
                "etag: \"a-\"      | etag: '\"a-\"'         | 14:72 | 'etag': '\"a-\"' is not the beginning of an entity tag: write it without quotes and without W/",
                "sni: b.test       | path: /                | 20:16 | a rule of a tls listener cannot look at 'path': it is encrypted",
                "sni: b.test       | host: c.test, sni: b.test | 20:29 | 'sni' and 'host' are the same thing: write one of them",
                "path: /shared/    | sni: a.test            | 13:44 | a rule of an http listener cannot look at 'sni': it comes with TLS; use 'host'",
                "service: site-b}  | service: site-c}       | 13:64 | there is no service 'site-c'; did you mean 'site-a'?",
                "default: site-a   | default: web           | 15:14 | there is no service 'web'; known: site-a, site-b",
                "balance: least-flows | balance: leastconn  | 24:14 | 'balance': 'leastconn' is not known; did you mean 'least-flows'?",
                "connect-timeout: 500ms | connect-timeout: 2h | 25:22 | 'connect-timeout': '2h' is not between 10ms and 1m",
                "timeout: 250ms    | timeout: 6s            | 27:37 | 'timeout' is longer than 'interval' (5s): checks would overlap",
                "health: off       | health: on             | 33:13 | 'health' takes 'off' or keys like {interval: 2s}",
                "health: off       | retries: 2             | 33:5 | the service 'site-b' has an endpoint without port: say which to check with 'health: {port: ...}' or turn checks off with 'health: off'",
                "weight: 10        | weight: 0              | 30:52 | 'weight': 0 is not a weight; to give it no new flows write 'drain: true'",
                "weight: 10        | weight: 257            | 30:52 | 'weight': '257' is not a whole number from 1 to 256",
                "window-scale: 7 | window-scale: 15 | 28:44 | 'window-scale': '15' is not a whole number from 0 to 14",
                "drain: true       | drain: yes             | 30:77 | 'drain': 'yes' is neither true nor false",
                "198.51.100.12, backup | 192.0.2.10, backup | 31:19 | 'address': 192.0.2.10 is the edge's own address: an endpoint there would lead connections in a circle",
                "198.51.100.12:80  | 198.51.100.13          | 34:34 | the endpoint 198.51.100.13:* is already in the service 'site-b'",
                "198.51.100.12:80  | web.test:80            | 34:17 | 'web.test' is not an IPv4 address (names are not resolved); an endpoint is written 198.51.100.11:80 or {address: ..., port: ...}",
            })
    void an_error_is_told_with_its_place_and_its_remedy(String right, String wrong, String place, String message) {
        assertThat(EVERYTHING).contains(right);
        RoutesException error = refusal(
                EVERYTHING.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong.replace("\\n", "\n"))));

        assertThat(error.problems()).extracting(Object::toString).contains(place + ": " + message);
    }

    @Test
    void all_errors_are_told_in_the_order_of_the_file_and_the_message_is_one_line() {
        RoutesException error = refusal(SMALL.replace("http", "htp").replace("198.51.100.11:80", "x:80"));

        assertThat(error.problems()).extracting(Problem::line).containsExactly(2, 4);
        assertThat(error)
                .hasMessage("routes.yaml:2:37: 'protocol': 'htp' is not known; did you mean 'http'? (and 1 more)");
    }

    @Test
    void text_that_is_not_yaml_is_told_with_its_place() {
        assertThatThrownBy(() -> read("listeners:\n\t- name: x\n"))
                .hasMessageStartingWith("routes.yaml:2:1: not YAML: found character '\\t(TAB)'");
        assertThatThrownBy(() -> read("a: [\n")).hasMessageStartingWith("routes.yaml:2:1: not YAML: ");
        assertThatThrownBy(() -> read("a: *b\n")).hasMessageStartingWith("routes.yaml:1:4: not YAML: ");
        assertThatThrownBy(() -> read("a: 1\nb: \u0007\n"))
                .hasMessage("routes.yaml:2:4: the character U+0007 is not allowed");
        assertThatThrownBy(() -> read("# a comment\n".repeat(500) + "b: \u0007\n"))
                .hasMessage("routes.yaml:501:4: the character U+0007 is not allowed");
        assertThatThrownBy(() -> read("a: 1\nb: \ud83d\ude00 \ud83d\n"))
                .hasMessage("routes.yaml:2:6: the character U+D83D is not allowed");
        assertThatThrownBy(() -> read("a: 1\n---\nb: 1\n")).hasMessageContaining(":2:1: not YAML: ");
        assertThatThrownBy(() -> read("[".repeat(1000))).isInstanceOf(RoutesException.class);
        assertThatThrownBy(() -> read("x".repeat(RoutesReader.MAX_CHARACTERS + 1)))
                .hasMessage("routes.yaml: the file is larger than 4194304 characters");
    }

    @Test
    void what_is_quoted_from_the_file_breaks_no_line_and_steers_no_terminal() {
        assertThat(refusal(SMALL.replace("name: web", "\"na\\nme\": web")).problems())
                .extracting(Problem::message)
                .anyMatch(message -> message.startsWith("unknown key 'na?me' in a listener"));
        assertThatThrownBy(() -> read(SMALL.replace("name: web", "name: \"\\e[2J\\u2028web\"")))
                .hasMessageStartingWith("routes.yaml:2:12: 'name': '?[2J?web' is not a name");
    }

    /** Comparing each rule with each took two minutes. */
    @Test
    @Timeout(60)
    void a_file_of_twenty_thousand_hosts_is_read_without_comparing_each_rule_with_each() {
        StringBuilder text = new StringBuilder("listeners:\n- name: web\n  port: 80\n  protocol: http\n  rules:\n");
        for (int i = 0; i < 20_000; i++) {
            text.append("  - {host: [h%1$d.test, '*.h%1$d.test'], service: a}\n".formatted(i));
        }
        text.append("services: {a: {endpoints: ['198.51.100.11:80']}}\n");

        assertThat(read(text.toString()).routes().listeners().getFirst().rules().rules())
                .hasSize(20_000);
    }

    @Test
    void a_tree_that_contains_itself_is_an_error_and_no_loop() {
        assertThatThrownBy(() -> read("&a\nlisteners: [*a]\nservices: *a\n")).isInstanceOf(RoutesException.class);
    }

    @Test
    void an_empty_file_is_refused() {
        assertThatThrownBy(() -> read("# nothing yet\n"))
                .hasMessage("routes.yaml: the file is empty: it needs 'listeners' and 'services'");
    }

    @Test
    void what_has_to_be_there_is_missed() {
        assertThat(refusal("{}").problems())
                .extracting(Problem::message)
                .containsExactlyInAnyOrder("the file needs 'services'", "the file needs 'listeners'");
        assertThat(refusal("listeners: [{}]\nservices: {a: {}}").problems())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder(
                        "1:13: a listener needs 'name'",
                        "1:13: a listener needs 'protocol'",
                        "1:13: a listener needs either 'port' or 'ports'",
                        "1:13: a listener needs 'rules' or 'default', else it leads nowhere",
                        "2:15: the service 'a' needs 'endpoints'");
        assertThat(refusal(SMALL.replace(", default: a", "")).problems())
                .extracting(Problem::message)
                .containsExactly("a listener needs 'rules' or 'default', else it leads nowhere");
        assertThat(refusal(SMALL.replace("default: a", "rules: [{host: a.test}]"))
                        .problems())
                .extracting(Object::toString)
                .containsExactly("2:51: a rule needs 'service'");
    }

    @Test
    void a_key_that_stands_twice_is_an_error() {
        assertThatThrownBy(() -> read(SMALL.replace("port: 80", "port: 80, port: 81")))
                .hasMessage("routes.yaml:2:27: 'port' stands twice in a listener");
        assertThatThrownBy(() -> read(SMALL + "  a: {endpoints: [198.51.100.12:80]}\n"))
                .hasMessage("routes.yaml:5:3: the service 'a' is already there");
    }

    @Test
    void a_tcp_listener_has_nothing_to_look_at_but_the_source() {
        String tcp = SMALL.replace("http, ", "tcp, rules: [{source: 10.0.0.0/8, service: a}], ");
        assertThat(read(tcp).routes().listeners().getFirst().followLimit()).isZero();

        assertThatThrownBy(() -> read(tcp.replace("source: 10.0.0.0/8", "host: a.test")))
                .hasMessageContaining("a rule of a tcp listener cannot look at 'host': the decision falls on accept");
        assertThatThrownBy(() -> read(tcp.replace("tcp,", "tcp, follow-timeout: 1s,")))
                .hasMessageContaining("'follow-timeout' has no meaning here");
    }

    @Test
    void transparent_services_are_refused_behind_a_masquerade() {
        String transparent = SMALL.replace("{endpoints", "{address-mode: transparent, endpoints");
        RoutesReader behindMasquerade = new RoutesReader(new RoutesContext(Set.of(), true));

        assertThat(read(transparent).routes().services().values())
                .extracting(Service::addressMode)
                .containsExactly(AddressMode.TRANSPARENT);
        assertThatThrownBy(() -> behindMasquerade.read(transparent, "r"))
                .hasMessageStartingWith("r:4:21: 'transparent' cannot work behind a masquerade");
    }

    @Test
    void listeners_of_different_addresses_may_share_a_port() {
        String two = """
                listeners:
                  - {name: a, address: 192.0.2.10, port: 80, protocol: http, default: a}
                  - {name: b, address: 192.0.2.11, port: 80, protocol: http, default: a}
                services: {a: {endpoints: ["198.51.100.11:80"]}}
                """;
        RoutesReader unknownVips = new RoutesReader(RoutesContext.UNKNOWN);

        assertThat(unknownVips.read(two, "r").routes().listeners()).hasSize(2);
        assertThatThrownBy(() -> unknownVips.read(two.replace("address: 192.0.2.11, ", ""), "r"))
                .hasMessage("r:3:5: the listeners 'a' and 'b' want the same port of the same address");
    }

    @Test
    void a_port_that_the_edge_needs_itself_is_refused_with_who_has_it() {
        String routes = """
                listeners:
                  - {name: web, port: 80, protocol: http, default: a}
                  - {name: low, ports: [5, 10-19], protocol: tcp, default: a}
                services: {a: {endpoints: ["198.51.100.11:80"]}}
                """;
        RoutesReader echoing =
                new RoutesReader(new RoutesContext(Set.of(), false, Map.of(7, "the echo", 13, "the echo")));

        assertThatThrownBy(() -> echoing.read(routes, "r"))
                .hasMessage("r:3:5: the listener 'low' wants port 13, which the echo has");
        assertThatThrownBy(() -> echoing.read(routes.replace("10-19", "6-9, 13"), "r"))
                .hasMessage("r:3:5: the listener 'low' wants port 7, which the echo has (and 1 more)");
        assertThat(echoing.read(routes.replace("10-19", "14-19"), "r").routes().listeners())
                .hasSize(2);
    }

    @Test
    void what_is_probably_not_meant_is_a_warning() {
        assertThat(warnings("""
                        listeners:
                          - name: web
                            port: 80
                            protocol: http
                            rules:
                              - {host: "*.a.test", path: /x, service: a}
                              - {host: www.a.test, path: [/x/y, /x], cookie: C=1, service: a}
                              - {host: www.a.test, path: /xy, service: a}
                              - {service: a}
                              - {host: b.test, service: a}
                            default: a
                        services:
                          a: {endpoints: [{address: 198.51.100.11, port: 80, drain: true}]}
                          b: {endpoints: ["198.51.100.11:80"]}
                        """))
                .containsExactly(
                        "7:9: this rule never decides: the one at line 6 takes all that it would match (the first match wins)",
                        "10:9: this rule never decides: the one at line 9 takes all that it would match (the first match wins)",
                        "11:14: 'default' is never used: a rule without conditions takes all",
                        "13:18: the service 'a' has no endpoint that takes flows",
                        "14:3: no listener leads to the service 'b'");
        assertThat(warnings(EVERYTHING)).isEmpty();
    }

    private static RoutesReader.Result read(String text) {
        return new RoutesReader(new RoutesContext(Set.of(Ipv4Address.parse("192.0.2.10")), false))
                .read(text, "routes.yaml");
    }

    private static List<String> warnings(String text) {
        return read(text).warnings().stream().map(Problem::toString).toList();
    }

    private static RoutesException refusal(String text) {
        RoutesException error = catchThrowableOfType(RoutesException.class, () -> read(text));
        assertThat(error).as("refused").isNotNull();
        return error;
    }
}
