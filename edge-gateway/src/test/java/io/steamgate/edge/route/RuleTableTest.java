package io.steamgate.edge.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.follow.RouteKey;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.Ipv4Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleTableTest {
    private static final Ipv4Address CLIENT = Ipv4Address.of(10, 1, 2, 3);
    private static final List<String> SERVICES = List.of("a", "b", "c");

    /** As the issue lays it out: two sites on one address, one shared path, sticky sessions. */
    private static final String LAB = """
            - {host: a.test, path: /shared/, service: b}
            - {host: a.test, cookie: SRV=b, service: b}
            - {etag: "b-", service: b}
            - {host: a.test, service: a}
            - {host: b.test, service: b}
            """;

    @ParameterizedTest(name = "{0}{1} cookie {2} etag {3} belongs to {4}")
    @CsvSource({
        "a.test, /,             ,      ,     a",
        "a.test, /shared/x,     ,      ,     b",
        "a.test, /shared,       ,      ,     a",
        "a.test, /sharedx,      ,      ,     a",
        "a.test, /,             SRV=b, ,     b",
        "a.test, /,             SRV=bb,,     a",
        "a.test, /,             srv=b, ,     a",
        "a.test, /,             ,      b-17, b",
        "a.test, /,             ,      a-17, a",
        "b.test, /,             ,      ,     b",
        "c.test, /,             ,      b-17, b",
        "c.test, /,             ,      ,     none",
        ",       /,             ,      ,     none",
        ",       /,             ,      b-1,  b",
    })
    void the_first_rule_of_which_all_conditions_hold_decides(
            String host, String path, String cookie, String etag, String service) {
        assertThat(decide(LAB, "", key(host, path, cookie, etag))).isEqualTo(service);
    }

    @Test
    void the_order_of_the_file_counts_and_not_how_specific_a_rule_is() {
        String wildcardFirst = "- {host: '*.a.test', service: a}\n- {host: www.a.test, service: b}\n";
        String exactFirst = "- {host: www.a.test, service: b}\n- {host: '*.a.test', service: a}\n";

        assertThat(decide(wildcardFirst, "", key("www.a.test"))).isEqualTo("a");
        assertThat(decide(exactFirst, "", key("www.a.test"))).isEqualTo("b");
        assertThat(decide(exactFirst, "", key("x.a.test"))).isEqualTo("a");
    }

    @Test
    void a_wildcard_stands_for_names_below_at_any_depth_and_not_for_the_name_itself() {
        String rules = "- {host: '*.a.test', service: a}\n- {host: '*.b.a.test', path: /b, service: b}\n";

        assertThat(decide(rules, "c", key("x.a.test"))).isEqualTo("a");
        assertThat(decide(rules, "c", key("x.y.a.test"))).isEqualTo("a");
        assertThat(decide(rules, "c", key("x.b.a.test"))).isEqualTo("a");
        assertThat(decide(rules, "c", key("a.test"))).isEqualTo("c");
        assertThat(decide(rules, "c", key(".a.test"))).isEqualTo("c");
        assertThat(decide(rules, "c", key("xa.test"))).isEqualTo("c");
        assertThat(decide(rules, "c", key("a.test.org"))).isEqualTo("c");
        assertThat(decide(rules, "c", key("..."))).isEqualTo("c");
        assertThat(decide(rules, "c", key(""))).isEqualTo("c");
    }

    @Test
    void a_shorter_wildcard_still_counts_where_a_longer_one_matches_too() {
        String rules = "- {host: '*.b.a.test', path: /b, service: b}\n- {host: '*.a.test', service: a}\n";

        assertThat(decide(rules, "", key("x.b.a.test", "/b", "", ""))).isEqualTo("b");
        assertThat(decide(rules, "", key("x.b.a.test", "/", "", ""))).isEqualTo("a");
    }

    @Test
    void a_wildcard_ends_at_a_dot() {
        HostPattern below = new HostPattern("a.test", true);

        assertThat(below.matches("x.a.test")).isTrue();
        assertThat(below.matches("xxa.test")).isFalse();
        assertThat(below.matches("a.test")).isFalse();
        assertThat(below.matches(".a.test")).isFalse();
    }

    @ParameterizedTest(name = "{0} against {1}: {2}")
    @CsvSource({
        "/a,   /a,    true",
        "/a,   /a/,   true",
        "/a,   /a/b,  true",
        "/a,   /ab,   false",
        "/a,   /,     false",
        "/a/,  /a,    false",
        "/a/,  /a/b,  true",
        "/,    /x,    true",
        "/a,   /A,    false",
        "/a,   /%61,  false",
        "=/a,  /a,    true",
        "=/a,  /a/,   false",
        "=/a,  /a/b,  false",
    })
    void a_path_is_a_prefix_that_ends_at_a_segment(String pattern, String path, boolean matches) {
        PathPattern parsed =
                pattern.startsWith("=") ? new PathPattern(pattern.substring(1), true) : new PathPattern(pattern, false);

        assertThat(parsed.matches(path)).isEqualTo(matches);
    }

    @Test
    void a_client_is_recognized_by_its_address() {
        String rules = "- {source: [10.1.0.0/16, 10.9.9.9], service: a}\n";

        assertThat(decide(rules, "b", key("x"))).isEqualTo("a");
        assertThat(name(table(rules, "b").decide(key("x"), Ipv4Address.of(10, 9, 9, 9))))
                .isEqualTo("a");
        assertThat(name(table(rules, "b").decide(key("x"), Ipv4Address.of(10, 2, 0, 0))))
                .isEqualTo("b");
    }

    @Test
    void tls_rules_look_at_the_offered_protocols() {
        RuleTable table =
                read("tls", "- {sni: a.test, alpn: [acme-tls/1], service: b}\n- {sni: a.test, service: a}\n", "");
        RouteKey acme = new RouteKey(
                "tls", Optional.of("a.test"), Optional.empty(), List.of(), List.of(), List.of("h2", "acme-tls/1"));
        RouteKey web =
                new RouteKey("tls", Optional.of("a.test"), Optional.empty(), List.of(), List.of(), List.of("h2"));

        assertThat(name(table.decide(acme, CLIENT))).isEqualTo("b");
        assertThat(name(table.decide(web, CLIENT))).isEqualTo("a");
        assertThat(name(table.decide(RouteKey.ofPort(), CLIENT))).isEqualTo("none");
    }

    @Test
    void a_host_of_which_all_requests_go_to_one_service_needs_no_following() {
        RuleTable lab = table(LAB.replace("- {etag: \"b-\", service: b}\n", ""), "");

        assertThat(leadsToOne(lab, "a.test")).isFalse();
        assertThat(leadsToOne(lab, "b.test")).isTrue();
        assertThat(leadsToOne(lab, "c.test")).as("always refused").isTrue();
        assertThat(leadsToOne(table(LAB, ""), "b.test"))
                .as("two rules, one service")
                .isTrue();
        assertThat(leadsToOne(table(LAB, ""), "c.test"))
                .as("served or refused, by its tag")
                .isFalse();
    }

    @Test
    void being_refused_is_an_outcome_of_its_own() {
        String rules = "- {host: a.test, path: /public/, service: a}\n";

        assertThat(leadsToOne(table(rules, ""), "a.test")).isFalse();
        assertThat(leadsToOne(table(rules, "b"), "a.test")).isFalse();
        assertThat(leadsToOne(table(rules, "a"), "a.test")).isTrue();
    }

    @Test
    void rules_after_one_that_takes_all_of_the_host_do_not_count() {
        String rules = "- {host: a.test, service: a}\n- {path: /b, service: b}\n";

        assertThat(leadsToOne(table(rules, "c"), "a.test")).isTrue();
        assertThat(leadsToOne(table(rules, "c"), "b.test")).isFalse();
    }

    @Test
    void rules_for_other_clients_do_not_count() {
        String rules = "- {source: 10.0.0.0/8, service: a}\n- {path: /b, service: b}\n";

        assertThat(table(rules, "").leadsToOneService(Optional.of("x"), CLIENT)).isTrue();
        assertThat(table(rules, "").leadsToOneService(Optional.of("x"), Ipv4Address.of(11, 0, 0, 1)))
                .isFalse();
    }

    /** The prepared table against the definition: look at each rule in turn. */
    @Test
    void a_decision_is_the_same_as_by_reading_the_rules_one_by_one() {
        Randomness random = Randomness.seeded(1);
        for (int round = 0; round < 2000; round++) {
            List<Rule> rules = some(random, 8, i -> rule(random));
            Optional<Service> otherwise =
                    random.nextInt(2) == 0 ? Optional.empty() : Optional.of(Service.of("c", List.of()));
            RuleTable table = new RuleTable(rules, otherwise, services());
            for (int i = 0; i < 30; i++) {
                RouteKey key = randomKey(random);
                Ipv4Address client = Ipv4Address.of(10, random.nextInt(3), 0, 1);
                Optional<String> expected = rules.stream()
                        .filter(rule -> (rule.hosts().isEmpty()
                                        || key.host().filter(rule::matchesHost).isPresent())
                                && rule.matchesBesidesHost(key, client))
                        .findFirst()
                        .map(Rule::service)
                        .or(() -> otherwise.map(Service::name));

                assertThat(table.decide(key, client).map(Service::name))
                        .as("%s of %s for %s", key, client, table)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void a_host_said_to_lead_to_one_service_never_leads_to_two() {
        Randomness random = Randomness.seeded(2);
        int unfollowed = 0;
        for (int round = 0; round < 3000; round++) {
            RuleTable table = new RuleTable(some(random, 4, i -> rule(random)), Optional.empty(), services());
            Optional<String> host = randomKey(random).host();
            Ipv4Address client = Ipv4Address.of(10, random.nextInt(3), 0, 1);
            if (table.leadsToOneService(host, client)) {
                unfollowed++;
                Optional<Service> first = table.decide(withHost(randomKey(random), host), client);
                for (int i = 0; i < 20; i++) {
                    assertThat(table.decide(withHost(randomKey(random), host), client))
                            .as("%s for %s", host, table)
                            .isEqualTo(first);
                }
            }
        }
        assertThat(unfollowed).isBetween(500, 2900);
    }

    @Test
    void a_rule_warned_of_as_covered_never_decides() {
        Randomness random = Randomness.seeded(3);
        int covered = 0;
        for (int round = 0; round < 20_000; round++) {
            Rule earlier = rule(random);
            Rule later = rule(random);
            if (earlier.covers(later)) {
                covered++;
                for (int i = 0; i < 20; i++) {
                    RouteKey key = randomKey(random);
                    Ipv4Address client = Ipv4Address.of(10, random.nextInt(3), 0, 1);
                    if (matches(later, key, client)) {
                        assertThat(matches(earlier, key, client))
                                .as("%s takes all of %s: %s", earlier, later, key)
                                .isTrue();
                    }
                }
            }
        }
        assertThat(covered).isGreaterThan(500);
    }

    private static boolean matches(Rule rule, RouteKey key, Ipv4Address client) {
        return (rule.hosts().isEmpty() || key.host().filter(rule::matchesHost).isPresent())
                && rule.matchesBesidesHost(key, client);
    }

    private static Rule rule(Randomness random) {
        return new Rule(
                some(random, 2, i -> new HostPattern(host(random), random.nextInt(2) == 0)),
                some(random, 1, i -> new PathPattern(path(random), random.nextInt(3) == 0)),
                some(
                        random,
                        1,
                        i -> new CookiePattern("C", "" + (char) ('a' + random.nextInt(2)), random.nextInt(2) == 0)),
                some(random, 1, i -> "" + (char) ('a' + random.nextInt(2))),
                List.of(),
                some(
                        random,
                        1,
                        i -> new Ipv4Network(
                                Ipv4Address.of(10, random.nextInt(3), 0, 0), random.nextInt(2) == 0 ? 8 : 16)),
                SERVICES.get(random.nextInt(3)));
    }

    private static RouteKey randomKey(Randomness random) {
        return new RouteKey(
                "http",
                random.nextInt(8) == 0 ? Optional.empty() : Optional.of(host(random)),
                Optional.of(path(random)),
                some(random, 2, i -> new RouteKey.Cookie("C", "ab".substring(random.nextInt(2)))),
                some(random, 2, i -> "ab".substring(random.nextInt(2))),
                List.of());
    }

    private static RouteKey withHost(RouteKey key, Optional<String> host) {
        return new RouteKey(key.protocol(), host, key.path(), key.cookies(), key.entityTags(), key.alpn());
    }

    private static String host(Randomness random) {
        return List.of("t", "a.t", "b.a.t", "x.b.a.t", "xxa.t", "b.t").get(random.nextInt(6));
    }

    private static String path(Randomness random) {
        return List.of("/", "/a", "/a/", "/a/b", "/ab").get(random.nextInt(5));
    }

    private static <T> List<T> some(Randomness random, int most, IntFunction<T> one) {
        List<T> list = new ArrayList<>();
        int count = random.nextInt(most + 1);
        for (int i = 0; i < count; i++) {
            list.add(one.apply(i));
        }
        return list;
    }

    private static Map<String, Service> services() {
        return Map.of(
                "a", Service.of("a", List.of()), "b", Service.of("b", List.of()), "c", Service.of("c", List.of()));
    }

    private static boolean leadsToOne(RuleTable table, String host) {
        return table.leadsToOneService(Optional.of(host), CLIENT);
    }

    private static String decide(String rules, String otherwise, RouteKey key) {
        return name(table(rules, otherwise).decide(key, CLIENT));
    }

    private static String name(Optional<Service> service) {
        return service.map(Service::name).orElse("none");
    }

    private static RouteKey key(String host) {
        return key(host, "/", "", "");
    }

    private static RouteKey key(@Nullable String host, String path, @Nullable String cookie, @Nullable String etag) {
        String pair = cookie == null ? "" : cookie;
        int equals = pair.indexOf('=');
        return new RouteKey(
                "http",
                Optional.ofNullable(host),
                Optional.of(path),
                equals < 0
                        ? List.of()
                        : List.of(new RouteKey.Cookie(pair.substring(0, equals), pair.substring(equals + 1))),
                etag == null || etag.isEmpty() ? List.of() : List.of(etag),
                List.of());
    }

    private static RuleTable table(String rules, String otherwise) {
        return read("http", rules, otherwise);
    }

    private static RuleTable read(String protocol, String rules, String otherwise) {
        String text = "listeners:\n- name: web\n  port: 80\n  protocol: " + protocol + "\n"
                + (otherwise.isEmpty() ? "" : "  default: " + otherwise + "\n")
                + "  rules:\n" + rules.indent(2)
                + "services: {a: {endpoints: [10.0.0.1:80]}, b: {endpoints: [10.0.0.2:80]}, c: {endpoints: [10.0.0.3:80]}}\n";
        return new RoutesReader(RoutesContext.UNKNOWN)
                .read(text, "test")
                .routes()
                .listeners()
                .getFirst()
                .rules();
    }
}
