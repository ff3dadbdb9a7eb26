package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static io.steamgate.dns.FakeServer.answer;
import static io.steamgate.dns.FakeServer.answers;
import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.serve.Counters;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Settings that bound what is kept, how long, for whom and how much at once. */
class BoundsTest {
    @TempDir
    Path directory;

    private static TestServer before(FakeServer upstream, String... settings) {
        Map<String, String> all = new HashMap<>();
        all.put("forward.upstreams", upstream.address());
        for (int i = 0; i < settings.length; i += 2) {
            all.put(settings[i], settings[i + 1]);
        }
        return TestServer.with(all);
    }

    private static FakeServer everything(int ttl) {
        return new FakeServer((q, s) -> answers(q, q.getQuestion().getName() + " " + ttl + " A 192.0.2.1"));
    }

    private static long ttl(TestServer server, String name, int section) {
        return Ask.udp(server.address, name, Type.A)
                .getSection(section)
                .getFirst()
                .getTTL();
    }

    private static int rcode(TestServer server, String name) {
        return Ask.udp(server.address, name, Type.A).getRcode();
    }

    @Test
    void who_is_not_allowed_to_ask_is_refused_even_what_is_in_a_zone() {
        for (String allowed : new String[] {"127.0.0.1/32", "127.0.0.2/32"}) {
            try (TestServer server =
                    TestServer.serving(directory, "example.test", DnsFixture.ZONE, Map.of("allow-query", allowed))) {
                assertThat(rcode(server, "ns.example.test."))
                        .as(allowed)
                        .isEqualTo(allowed.equals("127.0.0.1/32") ? Rcode.NOERROR : Rcode.REFUSED);
            }
        }
    }

    @Test
    void times_to_live_are_kept_between_bounds() {
        try (FakeServer shortly = everything(5);
                FakeServer long_ = everything(86_400);
                TestServer from = before(shortly, "cache.min-ttl", "30s");
                TestServer to = before(long_, "cache.max-ttl", "100s")) {
            assertThat(ttl(from, "www.example.", Section.ANSWER)).isEqualTo(30);
            from.time.pass(Duration.ofSeconds(29));
            assertThat(ttl(from, "www.example.", Section.ANSWER)).isEqualTo(1);
            assertThat(shortly.queries).hasSize(1);
            assertThat(ttl(to, "www.example.", Section.ANSWER)).isEqualTo(100);
            to.time.pass(Duration.ofSeconds(101));
            ttl(to, "www.example.", Section.ANSWER);
            assertThat(long_.queries).hasSize(2);
        }
    }

    @Test
    void what_does_not_exist_is_not_remembered_for_longer_than_the_setting_however_long_the_soa_says() {
        try (FakeServer upstream = new FakeServer((q, s) -> java.util.List.of(
                        answer(q, Rcode.NXDOMAIN, "--", "example. 86400 SOA ns.example. host.example. 1 2 3 4 86400")
                                .toWire()));
                TestServer usual = before(upstream);
                TestServer server = before(upstream, "cache.max-negative-ttl", "10s")) {
            assertThat(ttl(usual, "no.example.", Section.AUTHORITY)).isEqualTo(3600);
            assertThat(ttl(server, "no.example.", Section.AUTHORITY)).isEqualTo(10);
            int asked = upstream.queries.size();
            server.time.pass(Duration.ofSeconds(9));
            rcode(server, "no.example.");
            assertThat(upstream.queries).hasSize(asked);
            server.time.pass(Duration.ofSeconds(2));
            rcode(server, "no.example.");
            assertThat(upstream.queries).hasSize(asked + 1);
        }
    }

    @Test
    void a_failure_is_remembered_as_long_as_the_setting_says() {
        try (FakeServer upstream = new FakeServer(
                        (q, s) -> java.util.List.of(answer(q, Rcode.SERVFAIL).toWire()));
                TestServer server = before(upstream, "cache.failure-ttl", "20s")) {
            assertThat(rcode(server, "www.example.")).isEqualTo(Rcode.SERVFAIL);
            upstream.behave((q, s) -> answers(q, "www.example. 60 A 192.0.2.1"));
            server.time.pass(Duration.ofSeconds(19));
            assertThat(rcode(server, "www.example.")).isEqualTo(Rcode.SERVFAIL);
            server.time.pass(Duration.ofSeconds(2));
            assertThat(rcode(server, "www.example.")).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void nothing_stale_is_given_and_nothing_fetched_before_its_time_where_that_is_not_wanted() {
        try (FakeServer upstream = everything(100);
                TestServer server = before(upstream, "cache.stale", "0s", "cache.prefetch", "0")) {
            for (int i = 0; i < 10; i++) {
                rcode(server, "www.example.");
            }
            server.time.pass(Duration.ofSeconds(99));
            assertThat(ttl(server, "www.example.", Section.ANSWER)).isEqualTo(1);
            assertThat(server.server.resolveCounters().prefetched.sum()).isZero();
            server.time.pass(Duration.ofSeconds(2));
            upstream.behave(
                    (q, s) -> java.util.List.of(answer(q, Rcode.SERVFAIL).toWire()));
            assertThat(rcode(server, "www.example.")).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void the_cache_keeps_no_more_answers_and_no_more_octets_than_it_may() {
        try (FakeServer upstream = everything(3600);
                TestServer few = before(upstream, "cache.entries", "50");
                TestServer light = before(upstream, "cache.bytes", "20000")) {
            for (int i = 0; i < 300; i++) {
                rcode(few, "h" + i + ".example.");
                rcode(light, "h" + i + ".example.");
                assertThat(few.server.cache().entries()).isLessThanOrEqualTo(150);
                assertThat(light.server.cache().bytes()).isLessThanOrEqualTo(20_000);
            }
            assertThat(few.server.cache().entries()).isGreaterThanOrEqualTo(50);
            assertThat(few.server.cache().evicted()).isGreaterThanOrEqualTo(150);
            assertThat(light.server.cache().evicted()).isPositive();
            int asked = upstream.queries.size();
            rcode(few, "h299.example.");
            assertThat(upstream.queries).as("the last one is there").hasSize(asked);
        }
    }

    @Test
    void a_question_beyond_those_that_may_be_under_way_fails_at_once() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        try (FakeServer upstream = new FakeServer((q, s) -> {
                    try {
                        first.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1");
                });
                TestServer server = before(upstream, "forward.max", "1")) {
            CompletableFuture<Integer> slow =
                    CompletableFuture.supplyAsync(() -> rcode(server, "one.example."), Thread::startVirtualThread);
            eventually(() -> !upstream.queries.isEmpty());
            assertThat(rcode(server, "two.example.")).isEqualTo(Rcode.SERVFAIL);
            assertThat(server.server.resolveCounters().refused.sum()).isEqualTo(1);
            first.countDown();
            assertThat(slow.get()).isEqualTo(Rcode.NOERROR);
        }
    }

    @Test
    void a_connection_beyond_those_that_may_be_open_is_closed_and_counted() throws IOException {
        try (TestServer server =
                        TestServer.serving(directory, "example.test", DnsFixture.ZONE, Map.of("streams.max", "1"));
                Socket one = Ask.connect(server.address)) {
            assertThat(answered(one)).isTrue();
            try (Socket two = Ask.connect(server.address)) {
                assertThat(two.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(server.server.counters().dropped(Counters.Drop.TOO_MANY).sum())
                    .isEqualTo(1);
            assertThat(answered(one)).as("the first goes on").isTrue();
        }
    }

    private static boolean answered(Socket socket) throws IOException {
        Ask.send(socket, Ask.query("ns.example.test.", Type.A).toWire());
        Message answer = Ask.message(Ask.receive(socket));
        return answer.getRcode() == Rcode.NOERROR;
    }

    @Test
    void a_connection_without_a_query_is_closed_also_one_that_sends_octets_of_one_for_ever() throws IOException {
        try (TestServer server =
                TestServer.serving(directory, "example.test", DnsFixture.ZONE, Map.of("streams.idle", "1s"))) {
            try (Socket silent = Ask.connect(server.address)) {
                assertThat(answered(silent)).isTrue();
                assertThat(silent.getInputStream().read()).isEqualTo(-1);
            }
            try (Socket slow = Ask.connect(server.address)) {
                assertThat(answered(slow)).isTrue();
                slow.setSoTimeout(100);
                slow.getOutputStream().write(new byte[] {(byte) 0x80, 0});
                int octets = 0;
                while (octets < 300 && !isClosed(slow)) {
                    octets++;
                }
                assertThat(octets).as("octets, one in a tenth of a second").isLessThan(300);
            }
        }
    }

    /** Waits a tenth of a second for the end, then sends an octet. */
    private static boolean isClosed(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            try {
                socket.getOutputStream().write(0);
                return false;
            } catch (IOException closed) {
                return true;
            }
        } catch (IOException reset) {
            return true;
        }
    }
}
