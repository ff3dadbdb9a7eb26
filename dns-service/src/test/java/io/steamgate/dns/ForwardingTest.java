package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakeServer.answer;
import static io.steamgate.dns.FakeServer.answers;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.cache.AnswerKey;
import io.steamgate.dns.cache.CachedAnswer;
import io.steamgate.dns.cache.SharedAnswers;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ForwardingTest {
    private static TestServer before(FakeServer... upstreams) {
        return TestServer.with(Map.of(
                "forward.upstreams",
                String.join(
                        ",",
                        java.util.Arrays.stream(upstreams)
                                .map(FakeServer::address)
                                .toList())));
    }

    private static List<String> answerTo(TestServer server, String name) {
        return Ask.data(Ask.udp(server.address, name, Type.A), Section.ANSWER);
    }

    @Test
    void a_second_client_is_answered_from_the_cache_with_less_time_to_live_and_its_own_id_and_case() {
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
                TestServer server = before(upstream)) {
            Ask.udp(server.address, "www.example.", Type.A);
            server.time.pass(Duration.ofSeconds(20));
            Message query = Ask.query("WWW.eXample.", Type.A);
            Message second = Ask.udp(server.address, query);

            assertThat(upstream.queries).hasSize(1);
            assertThat(second.getHeader().getID()).isEqualTo(query.getHeader().getID());
            assertThat(second.getQuestion().getName()).hasToString("WWW.eXample.");
            assertThat(second.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(40);
            assertThat(second.getHeader().getFlag(Flags.AA)).isFalse();
            assertThat(second.getHeader().getFlag(Flags.RA)).isTrue();
        }
    }

    @Test
    void many_clients_that_ask_at_once_make_one_question() throws Exception {
        CountDownLatch all = new CountDownLatch(1);
        try (FakeServer upstream = new FakeServer((q, s) -> {
                    await(all);
                    return answers(q, "www.example. 60 A 192.0.2.1");
                });
                TestServer server = before(upstream)) {
            List<CompletableFuture<List<String>>> clients = java.util.stream.IntStream.range(0, 20)
                    .mapToObj(i -> CompletableFuture.supplyAsync(
                            () -> answerTo(server, "www.example."), Thread::startVirtualThread))
                    .toList();
            eventually(() -> server.server.resolveCounters().joined.sum() == 19);
            all.countDown();

            for (CompletableFuture<List<String>> client : clients) {
                assertThat(client.get()).containsExactly("A 192.0.2.1");
            }
            assertThat(upstream.queries).hasSize(1);
        }
    }

    @Test
    void what_does_not_exist_is_remembered_for_as_long_as_the_soa_says() {
        try (FakeServer upstream = new FakeServer((q, s) -> List.of(
                        answer(q, Rcode.NXDOMAIN, "--", "example. 3600 SOA ns.example. host.example. 1 2 3 4 30")
                                .toWire()));
                TestServer server = before(upstream)) {
            Message first = Ask.udp(server.address, "no.example.", Type.A);
            server.time.pass(Duration.ofSeconds(29));
            Message second = Ask.udp(server.address, "no.example.", Type.A);
            server.time.pass(Duration.ofSeconds(2));
            Ask.udp(server.address, "no.example.", Type.A);

            assertThat(first.getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(first.getSection(Section.AUTHORITY).getFirst().getTTL()).isEqualTo(30);
            assertThat(second.getSection(Section.AUTHORITY).getFirst().getTTL()).isEqualTo(1);
            assertThat(upstream.queries).hasSize(2);
        }
    }

    @Test
    void an_answer_that_ran_out_is_given_when_nobody_answers() {
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
                TestServer server = before(upstream)) {
            answerTo(server, "www.example.");
            server.time.pass(Duration.ofHours(1));
            upstream.behave((q, s) -> List.of(answer(q, Rcode.SERVFAIL).toWire()));
            Message stale = Ask.udp(server.address, "www.example.", Type.A);

            assertThat(Ask.data(stale, Section.ANSWER)).containsExactly("A 192.0.2.1");
            assertThat(stale.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(30);
            assertThat(server.server.resolveCounters().stale.sum()).isEqualTo(1);
            int asked = upstream.queries.size();
            Ask.udp(server.address, "www.example.", Type.A);
            assertThat(upstream.queries).as("not tried again within 30 s").hasSize(asked);
            server.time.pass(Duration.ofDays(2));
            assertThat(Ask.udp(server.address, "www.example.", Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void a_failure_is_remembered_for_seconds_only() {
        try (FakeServer upstream = new FakeServer(
                        (q, s) -> List.of(answer(q, Rcode.SERVFAIL).toWire()));
                TestServer server = before(upstream)) {
            assertThat(Ask.udp(server.address, "www.example.", Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
            int asked = upstream.queries.size();
            Ask.udp(server.address, "www.example.", Type.A);
            assertThat(upstream.queries).hasSize(asked);
            server.time.pass(Duration.ofSeconds(6));
            upstream.behave((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
            assertThat(answerTo(server, "www.example.")).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void the_next_server_is_asked_when_one_refuses_or_is_silent() {
        try (FakeServer refuses = new FakeServer(
                        (q, s) -> List.of(answer(q, Rcode.REFUSED).toWire()));
                FakeServer silent = new FakeServer((q, s) -> List.of());
                FakeServer answers =
                        new FakeServer((q, s) -> answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1"));
                TestServer server = before(refuses, silent, answers)) {
            for (int i = 0; i < 5; i++) {
                assertThat(answerTo(server, "h" + i + ".example.")).containsExactly("A 192.0.2.1");
            }
        }
    }

    @Test
    void the_server_that_answers_fastest_is_asked_though_another_is_named_first() {
        try (FakeServer slow = new FakeServer((q, s) -> {
                    LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
                    return answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1");
                });
                FakeServer fast =
                        new FakeServer((q, s) -> answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1"));
                TestServer server = before(slow, fast)) {
            var upstreams = server.server.upstreams();
            int[] name = {0};
            eventually(() -> {
                answerTo(server, "h" + name[0]++ + ".example.");
                return upstreams.get(0).smoothedNanos() > upstreams.get(1).smoothedNanos();
            });
            int asked = fast.queries.size();
            for (int i = 0; i < 60; i++) {
                assertThat(answerTo(server, "later" + i + ".example.")).containsExactly("A 192.0.2.1");
            }
            // All but one in 32, which is chance.
            assertThat(fast.queries.size() - asked).isGreaterThan(40);
            assertThat(slow.queries.size()).isLessThan(40);
        }
    }

    @Test
    void a_client_and_an_upstream_may_have_ipv6() {
        try (FakeServer upstream = new FakeServer("::1", 0, (q, stream) -> {
                    Message answer = stream ? answer(q, 0, "www.example. 60 A 192.0.2.1") : answer(q, 0);
                    if (!stream) {
                        answer.getHeader().setFlag(Flags.TC);
                    }
                    return List.of(answer.toWire());
                });
                TestServer server =
                        TestServer.with(Map.of("listen", "[::1]:0", "forward.upstreams", "[::1]:" + upstream.port()))) {
            assertThat(server.address.getAddress()).isInstanceOf(java.net.Inet6Address.class);
            assertThat(answerTo(server, "www.example.")).containsExactly("A 192.0.2.1");
            assertThat(server.server.upstreams().getFirst().server())
                    .hasToString("[0:0:0:0:0:0:0:1]:" + upstream.port());
        }
    }

    @Test
    void an_upstream_is_asked_by_stream_alone_on_one_connection() {
        try (FakeServer upstream = new FakeServer(
                        (q, stream) -> stream ? answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1") : List.of());
                TestServer server = TestServer.with(Map.of("forward.upstreams", "tcp://" + upstream.address()))) {
            for (int i = 0; i < 5; i++) {
                assertThat(answerTo(server, "h" + i + ".example.")).containsExactly("A 192.0.2.1");
            }
            assertThat(upstream.queries).hasSize(5);
            assertThat(server.server.resolveCounters().connections.sum()).isEqualTo(1);
        }
    }

    @Test
    void an_upstream_that_is_silent_is_left_alone_until_a_probe_finds_it_back() {
        try (FakeServer silent = new FakeServer((q, s) -> List.of());
                FakeServer answers =
                        new FakeServer((q, s) -> answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1"));
                TestServer server = before(silent, answers)) {
            var upstream = server.server.upstreams().getFirst();
            int[] name = {0};
            eventually(() -> {
                answerTo(server, "h" + name[0]++ + ".example.");
                return !upstream.isUp();
            });
            // What was asked beside the other before that is over.
            eventually(() -> upstream.failed().sum() >= silent.queries.size());
            int asked = silent.queries.size();
            for (int i = 0; i < 40; i++) {
                assertThat(answerTo(server, "later" + i + ".example.")).containsExactly("A 192.0.2.1");
            }
            assertThat(silent.queries.stream()
                            .skip(asked)
                            .filter(query -> !query.getQuestion().getName().equals(org.xbill.DNS.Name.root)))
                    .as("but for probes")
                    .isEmpty();
            silent.behave((q, s) -> answers(q));
            eventually(upstream::isUp);
            assertThat(upstream.probed().sum()).isPositive();
        }
    }

    @Test
    void a_truncated_answer_is_asked_for_again_by_stream() {
        try (FakeServer upstream = new FakeServer((q, stream) -> {
                    Message answer = stream ? answer(q, 0, "www.example. 60 A 192.0.2.1") : answer(q, 0);
                    if (!stream) {
                        answer.getHeader().setFlag(Flags.TC);
                    }
                    return List.of(answer.toWire());
                });
                TestServer server = before(upstream)) {
            assertThat(answerTo(server, "www.example.")).containsExactly("A 192.0.2.1");
            assertThat(server.server.resolveCounters().streamed.sum()).isEqualTo(1);
        }
    }

    @Test
    void guesses_at_the_id_or_the_spelling_are_not_taken_for_the_answer() {
        try (FakeServer upstream = new FakeServer((q, stream) -> {
                    Message otherId = answer(q, 0, "www.example. 60 A 203.0.113.66");
                    otherId.getHeader().setID(q.getHeader().getID() + 1 & 0xFFFF);
                    Message otherName = answer(Ask.query("www.other.", Type.A), 0, "www.other. 60 A 203.0.113.66");
                    otherName.getHeader().setID(q.getHeader().getID());
                    return List.of(
                            otherId.toWire(),
                            otherName.toWire(),
                            answer(q, 0, "www.example. 60 A 192.0.2.1").toWire());
                });
                TestServer server = before(upstream)) {
            assertThat(answerTo(server, "www.example.")).containsExactly("A 192.0.2.1");
            assertThat(server.server.resolveCounters().forged.sum()).isEqualTo(2);
        }
    }

    @Test
    void a_server_that_does_not_repeat_the_spelling_is_asked_by_stream() {
        try (FakeServer upstream = new FakeServer((q, stream) -> {
                    Message lower = Ask.query("abcdefghijklmnopqrstuvwxyz.example.", Type.A);
                    lower.getHeader().setID(q.getHeader().getID());
                    return answers(
                            lower,
                            "abcdefghijklmnopqrstuvwxyz.example. 60 A " + (stream ? "192.0.2.1" : "203.0.113.66"));
                });
                TestServer server = before(upstream)) {
            assertThat(answerTo(server, "abcdefghijklmnopqrstuvwxyz.example.")).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void records_that_the_question_does_not_lead_to_are_not_passed_on() {
        try (FakeServer upstream = new FakeServer((q, s) -> answers(
                        q,
                        "www.example. 60 CNAME web.example.",
                        "web.example. 60 A 192.0.2.1",
                        "bank.test. 60 A 203.0.113.66",
                        "--",
                        "test. 60 NS evil.test.",
                        "--",
                        "bank.test. 60 A 203.0.113.66"));
                TestServer server = before(upstream)) {
            Message answer = Ask.udp(server.address, "www.example.", Type.A);
            assertThat(Ask.data(answer, Section.ANSWER)).containsExactly("CNAME web.example.", "A 192.0.2.1");
            assertThat(Ask.data(answer, Section.AUTHORITY)).isEmpty();
            assertThat(Ask.data(answer, Section.ADDITIONAL)).isEmpty();
        }
    }

    @Test
    void a_popular_name_is_fetched_before_it_runs_out() {
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q, "www.example. 100 A 192.0.2.1"));
                TestServer server = before(upstream)) {
            for (int i = 0; i < 5; i++) {
                answerTo(server, "www.example.");
            }
            server.time.pass(Duration.ofSeconds(95));
            answerTo(server, "www.example.");
            eventually(() -> upstream.queries.size() == 2);
            eventually(() -> Ask.udp(server.address, "www.example.", Type.A)
                            .getSection(Section.ANSWER)
                            .getFirst()
                            .getTTL()
                    == 100);
        }
    }

    @Test
    void a_server_that_knows_no_edns_is_asked_without() {
        try (FakeServer upstream = new FakeServer((q, s) -> q.getOPT() != null
                        ? List.of(answer(q, Rcode.FORMERR).toWire())
                        : answers(q, "www.example. 60 A 192.0.2.1"));
                TestServer server = before(upstream)) {
            assertThat(answerTo(server, "www.example.")).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void nothing_of_the_clients_subnet_goes_on_and_ad_does_not_come_back() {
        try (FakeServer upstream = new FakeServer((q, s) -> {
                    Message answer = answer(q, 0, "www.example. 60 A 192.0.2.1");
                    answer.getHeader().setFlag(Flags.AD);
                    return List.of(answer.toWire());
                });
                TestServer server = before(upstream)) {
            Message query = Ask.query("www.example.", Type.A);
            query.addRecord(
                    new org.xbill.DNS.OPTRecord(
                            1232,
                            0,
                            0,
                            0,
                            List.of(new org.xbill.DNS.ClientSubnetOption(
                                    24, java.net.InetAddress.ofLiteral("198.51.100.0")))),
                    Section.ADDITIONAL);
            Message answer = Ask.udp(server.address, query);

            assertThat(upstream.queries.getFirst().getOPT().getOptions()).isEmpty();
            assertThat(answer.getHeader().getFlag(Flags.AD)).isFalse();
        }
    }

    @Test
    void every_question_has_a_port_an_id_and_a_spelling_of_its_own() {
        Set<String> spellings = new HashSet<>();
        Set<Integer> ids = new HashSet<>();
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q));
                TestServer server = before(upstream)) {
            for (int i = 0; i < 30; i++) {
                Ask.udp(server.address, "abcdefghijklmnop" + i + ".example.", Type.A);
            }
            upstream.queries.forEach(query -> {
                spellings.add(query.getQuestion().getName().toString().substring(0, 16));
                ids.add(query.getHeader().getID());
            });
        }
        assertThat(spellings).hasSizeGreaterThan(25);
        assertThat(ids).hasSizeGreaterThan(25);
    }

    @Test
    void an_alias_that_leads_out_of_the_zones_is_followed_for_whom_may_recurse(@TempDir Path directory) {
        String zone =
                "@ 60 SOA ns host 1 2 3 4 5\n@ 60 NS ns\nout 300 CNAME www.example.\ngone 300 CNAME no.example.\n";
        try (FakeServer upstream = new FakeServer(
                        (q, s) -> q.getQuestion().getName().toString().equalsIgnoreCase("www.example.")
                                ? answers(q, "www.example. 60 A 192.0.2.1")
                                : List.of(answer(
                                                q,
                                                Rcode.NXDOMAIN,
                                                "--",
                                                "example. 3600 SOA ns.example. host.example. 1 2 3 4 30")
                                        .toWire()));
                TestServer server = TestServer.serving(
                        directory, "own.test", zone, Map.of("forward.upstreams", upstream.address()))) {
            for (int i = 0; i < 2; i++) {
                Message answer = Ask.udp(server.address, "OUT.own.test.", Type.A);
                assertThat(Ask.data(answer, Section.ANSWER)).containsExactly("CNAME www.example.", "A 192.0.2.1");
                assertThat(answer.getSection(Section.ANSWER).getLast().getTTL()).isEqualTo(60 - 20L * i);
                Message gone = Ask.udp(server.address, "gone.own.test.", Type.A);
                assertThat(gone.getRcode()).isEqualTo(Rcode.NXDOMAIN);
                assertThat(Ask.data(gone, Section.ANSWER)).containsExactly("CNAME no.example.");
                server.time.pass(Duration.ofSeconds(20));
            }
            assertThat(upstream.queries).as("then from the cache").hasSize(2);
            Message plain = Ask.udp(server.address, Ask.plain("out.own.test.", Type.A));
            assertThat(Ask.data(plain, Section.ANSWER))
                    .as("not asked to recurse")
                    .containsExactly("CNAME www.example.");
        }
    }

    @Test
    void a_client_that_may_not_recurse_is_refused() {
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
                TestServer server = TestServer.with(
                        Map.of("forward.upstreams", upstream.address(), "allow-recursion", "192.0.2.0/24"))) {
            Message answer = Ask.udp(server.address, "www.example.", Type.A);
            assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
            assertThat(answer.getHeader().getFlag(Flags.RA)).isFalse();
            assertThat(upstream.queries).isEmpty();
        }
    }

    @Test
    void a_slow_answer_does_not_hold_up_a_quick_one_on_the_same_connection() throws IOException {
        CountDownLatch slow = new CountDownLatch(1);
        try (FakeServer one = new FakeServer((q, s) -> {
                    boolean isSlow = q.getQuestion().getName().toString().equalsIgnoreCase("slow.example.");
                    return isSlow && slow.getCount() > 0
                            ? List.of()
                            : answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1");
                });
                TestServer server = before(one);
                Socket socket = Ask.connect(server.address)) {
            Message first = Ask.query("slow.example.", Type.A);
            Message second = Ask.query("quick.example.", Type.A);
            Ask.send(socket, first.toWire());
            Ask.send(socket, second.toWire());
            int quick = Ask.message(Ask.receive(socket)).getHeader().getID();
            slow.countDown();
            int last = Ask.message(Ask.receive(socket)).getHeader().getID();
            assertThat(List.of(quick, last))
                    .containsExactly(
                            second.getHeader().getID(), first.getHeader().getID());
        }
    }

    @Test
    void what_another_node_fetched_is_taken_from_the_shared_level() {
        Map<AnswerKey, CachedAnswer> level = new ConcurrentHashMap<>();
        SharedAnswers shared = new SharedAnswers() {
            @Override
            public CompletionStage<Optional<CachedAnswer>> find(AnswerKey key) {
                return CompletableFuture.completedStage(Optional.ofNullable(level.get(key)));
            }

            @Override
            public void put(CachedAnswer answer) {
                level.put(answer.key(), answer);
            }
        };
        try (FakeServer upstream = new FakeServer((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
                TestServer one = TestServer.with(Map.of("forward.upstreams", upstream.address()), shared);
                TestServer other = TestServer.with(Map.of("forward.upstreams", upstream.address()), shared)) {
            answerTo(one, "www.example.");
            assertThat(answerTo(other, "WWW.example.")).containsExactly("A 192.0.2.1");
            assertThat(upstream.queries).hasSize(1);
            assertThat(other.server.resolveCounters().sharedHits.sum()).isEqualTo(1);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
