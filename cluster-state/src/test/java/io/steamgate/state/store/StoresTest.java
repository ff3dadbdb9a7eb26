package io.steamgate.state.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.SharedServer;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.call.Reply;
import io.steamgate.state.call.Versioned;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every store against a real server. */
class StoresTest {
    private static final Lifespan MINUTE = Lifespan.of(Duration.ofMinutes(1));
    /** What the wire keeps of a time. */
    private static final Instant NOW = Instant.ofEpochMilli(System.currentTimeMillis());

    private static ClusterState here;
    private static ClusterState elsewhere;

    @BeforeAll
    static void connect() {
        here = SharedServer.client();
        elsewhere = SharedServer.client();
    }

    @AfterAll
    static void disconnect() {
        here.close();
        elsewhere.close();
    }

    private static <T> T read(CompletableFuture<Reply<T>> reply) {
        return reply.join().found().orElseThrow();
    }

    @Test
    void a_session_is_read_elsewhere_as_it_was_written_here() {
        Session session = new Session(
                "session-1",
                "node-a",
                Optional.of("anna"),
                Map.of(
                        "name", new Session.Entry("Anna", Validity.PERSISTENT),
                        "basket", new Session.Entry("3 items", new Validity.Until(NOW.plusSeconds(60))),
                        "greeting", new Session.Entry("Welcome back", new Validity.Requests(0))));
        assertThat(here.sessions().create(session, MINUTE).join()).isEqualTo(Ack.DONE);
        assertThat(read(elsewhere.sessions().get("session-1")).value()).isEqualTo(session);
    }

    @Test
    void a_session_is_created_once() {
        Session session = new Session("session-2", "node-a", Optional.empty(), Map.of());
        assertThat(here.sessions().create(session, MINUTE).join()).isEqualTo(Ack.DONE);
        assertThat(elsewhere.sessions().create(session, MINUTE).join()).isEqualTo(Ack.CONFLICT);
    }

    @Test
    void of_two_nodes_that_take_a_session_over_one_gets_it() {
        Session session = new Session("session-3", "node-a", Optional.empty(), Map.of());
        assertThat(here.sessions().put(session, MINUTE).join().done()).isTrue();
        Versioned<Session> seenHere = read(here.sessions().get("session-3"));
        Versioned<Session> seenElsewhere = read(elsewhere.sessions().get("session-3"));
        Session mine = new Session("session-3", "node-b", Optional.empty(), Map.of());
        Session theirs = new Session("session-3", "node-c", Optional.empty(), Map.of());
        assertThat(here.sessions().replace(mine, seenHere.version(), MINUTE).join())
                .isEqualTo(Ack.DONE);
        assertThat(elsewhere
                        .sessions()
                        .replace(theirs, seenElsewhere.version(), MINUTE)
                        .join())
                .isEqualTo(Ack.CONFLICT);
        assertThat(read(here.sessions().get("session-3")).value().manager()).isEqualTo("node-b");
    }

    @Test
    void a_session_that_was_removed_or_has_ended_is_absent() {
        Session session = new Session("session-4", "node-a", Optional.empty(), Map.of());
        assertThat(here.sessions().put(session, MINUTE).join().done()).isTrue();
        assertThat(elsewhere.sessions().remove("session-4", MINUTE).join()).isEqualTo(Ack.DONE);
        assertThat(elsewhere.sessions().remove("session-4", MINUTE).join()).isEqualTo(Ack.DONE);
        assertThat(here.sessions().get("session-4").join()).isEqualTo(new Reply.Absent<>());
    }

    @Test
    void clusters_are_listed_and_added_once() {
        Cluster cluster = new Cluster("home", "203.0.113.7", NOW, 0.25);
        assertThat(here.clusters().add(cluster).join()).isEqualTo(Ack.DONE);
        assertThat(elsewhere.clusters().add(cluster).join()).isEqualTo(Ack.CONFLICT);
        Cluster moved = new Cluster("home", "203.0.113.8", NOW, 0.5);
        assertThat(elsewhere
                        .clusters()
                        .replace(moved, read(here.clusters().get("home")).version())
                        .join())
                .isEqualTo(Ack.DONE);
        assertThat(read(here.clusters().all())).containsEntry("home", moved);
        assertThat(here.clusters().remove("home").join().done()).isTrue();
        assertThat(read(elsewhere.clusters().all())).doesNotContainKey("home");
        assertThat(elsewhere.clusters().get("home").join()).isEqualTo(new Reply.Absent<>());
        assertThat(elsewhere.clusters().add(cluster).join()).isEqualTo(Ack.DONE);
    }

    @Test
    void an_answer_is_found_by_the_question_whatever_its_case() {
        DnsAnswer answer = new DnsAnswer(
                Blob.of("wire".getBytes(StandardCharsets.US_ASCII)),
                NOW,
                NOW.plusSeconds(30),
                true,
                NOW.plusSeconds(90));
        assertThat(here.dnsCache()
                        .put(new DnsQuestion("WWW.Example.", 1, 1, true, false), answer)
                        .join())
                .isEqualTo(Ack.DONE);
        assertThat(read(elsewhere.dnsCache().get(new DnsQuestion("www.example.", 1, 1, true, false))))
                .isEqualTo(answer);
        assertThat(elsewhere
                        .dnsCache()
                        .get(new DnsQuestion("www.example.", 1, 1, false, false))
                        .join())
                .isEqualTo(new Reply.Absent<>());
    }

    @Test
    void an_answer_that_may_not_be_served_any_more_is_not_kept() {
        DnsQuestion question = new DnsQuestion("old.example.", 1, 1, false, false);
        DnsAnswer answer = new DnsAnswer(Blob.EMPTY, NOW, NOW.minusSeconds(1), false, Instant.EPOCH);
        assertThat(here.dnsCache().put(question, answer).join()).isEqualTo(Ack.DONE);
        assertThat(here.dnsCache().get(question).join()).isEqualTo(new Reply.Absent<>());
    }

    @Test
    void a_page_is_fetched_with_all_its_pieces() {
        assertThat(here.pieces()
                        .put("user/7/name", new Piece("Anna", Validity.PERSISTENT))
                        .join()
                        .done())
                .isTrue();
        assertThat(here.pieces()
                        .put("user/7/news", new Piece("2", new Validity.Until(NOW.plusSeconds(60))))
                        .join()
                        .done())
                .isTrue();
        Set<String> keys = Set.of("user/7/name", "user/7/news", "user/7/gone");
        assertThat(here.pieces().putPage("a.test/", new Page(keys)).join().done())
                .isTrue();
        assertThat(read(elsewhere.pieces().page("a.test/")).keys()).isEqualTo(keys);
        assertThat(elsewhere.pieces().get(keys).join())
                .containsOnlyKeys("user/7/name", "user/7/news")
                .containsEntry("user/7/name", new Piece("Anna", Validity.PERSISTENT));
    }

    @Test
    void a_piece_that_is_written_as_outdated_is_gone() {
        assertThat(here.pieces()
                        .put("piece", new Piece("1", Validity.PERSISTENT))
                        .join()
                        .done())
                .isTrue();
        assertThat(here.pieces()
                        .put("piece", new Piece("2", new Validity.Requests(0)))
                        .join()
                        .done())
                .isTrue();
        assertThat(here.pieces().get("piece").join()).isEqualTo(new Reply.Absent<>());
    }

    @Test
    void flows_are_written_in_batches_and_read_by_who_takes_over() {
        Flow first = flow(1);
        Flow second = flow(2);
        assertThat(here.flows().putAll(List.of(first, second), MINUTE).join()).isEqualTo(Ack.DONE);
        assertThat(read(elsewhere.flows().all(1000)))
                .containsEntry(first.key(), first)
                .containsEntry(second.key(), second);
        assertThat(read(elsewhere.flows().all(1))).hasSize(1);
        assertThat(read(elsewhere.flows().get(first.key()))).isEqualTo(first);
        assertThat(here.flows().removeAll(Set.of(first.key(), second.key())).join())
                .isEqualTo(Ack.DONE);
        assertThat(elsewhere.flows().get(first.key()).join()).isEqualTo(new Reply.Absent<>());
    }

    private static Flow flow(int number) {
        Blob address = Blob.of(new byte[] {(byte) 198, 51, 100, (byte) number});
        Flow.Point client = new Flow.Point(address, 50_000 + number);
        Flow.Point vip = new Flow.Point(Blob.of(new byte[] {(byte) 192, 0, 2, 10}), 443);
        Flow.Way way = new Flow.Way(-1, Integer.MIN_VALUE, number, 0, -7, Integer.MAX_VALUE, true);
        return new Flow(new Flow.Key(6, client, vip), "web", "site", Optional.of("a.test"), vip, client, way, way, NOW);
    }

    @Test
    void a_registration_is_replaced_only_by_who_has_seen_it() {
        Bindings one = new Bindings(List.of(contact("sip:anna@198.51.100.7", NOW.plusSeconds(60))));
        assertThat(here.sipLocation().create("sip:anna@a.test", one).join()).isEqualTo(Ack.DONE);
        assertThat(elsewhere.sipLocation().create("sip:anna@a.test", one).join())
                .isEqualTo(Ack.CONFLICT);
        Versioned<Bindings> seen = read(elsewhere.sipLocation().get("sip:anna@a.test"));
        assertThat(seen.value()).isEqualTo(one);
        Bindings two = new Bindings(List.of(
                contact("sip:anna@198.51.100.7", NOW.plusSeconds(60)),
                contact("sip:anna@198.51.100.8", NOW.plusSeconds(90))));
        assertThat(elsewhere
                        .sipLocation()
                        .replace("sip:anna@a.test", two, seen.version())
                        .join())
                .isEqualTo(Ack.DONE);
        assertThat(here.sipLocation()
                        .replace("sip:anna@a.test", one, seen.version())
                        .join())
                .isEqualTo(Ack.CONFLICT);
    }

    @Test
    void the_last_contact_takes_the_entry_with_it() {
        Bindings one = new Bindings(List.of(contact("sip:bert@198.51.100.7", NOW.plusSeconds(60))));
        assertThat(here.sipLocation().create("sip:bert@a.test", one).join()).isEqualTo(Ack.DONE);
        long version = read(here.sipLocation().get("sip:bert@a.test")).version();
        assertThat(here.sipLocation()
                        .replace("sip:bert@a.test", new Bindings(List.of()), version)
                        .join())
                .isEqualTo(Ack.DONE);
        assertThat(here.sipLocation().get("sip:bert@a.test").join()).isEqualTo(new Reply.Absent<>());
    }

    private static Bindings.Contact contact(String uri, Instant expires) {
        return new Bindings.Contact(
                uri, expires, 500, "call-1", 17, Optional.of("urn:uuid:1"), List.of("sip:edge.test;lr"));
    }

    @Test
    void nodes_that_count_together_lose_nothing() {
        List<CompletableFuture<Reply<Long>>> sums = new java.util.ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sums.add((i % 2 == 0 ? here : elsewhere).tallies().add("mails of 192.0.2.2", 5, Duration.ofMinutes(1)));
        }
        long counted = sums.stream().filter(sum -> sum.join().answered()).count();
        assertThat(read(here.tallies().add("mails of 192.0.2.2", 0, Duration.ofMinutes(1))))
                .isEqualTo(5 * counted);
        assertThat(counted).isPositive();
    }

    @Test
    void a_counter_begins_anew_after_its_window() throws InterruptedException {
        assertThat(read(here.tallies().add("short", 7, Duration.ofMillis(300)))).isEqualTo(7);
        assertThat(io.steamgate.state.Within.within(
                        Duration.ofSeconds(5),
                        () -> read(elsewhere.tallies().add("short", 1, Duration.ofMillis(300))) == 1))
                .isTrue();
    }

    @Test
    void who_was_seen_here_is_known_elsewhere_since_then() {
        long seen = read(here.tallies().firstSeen("anna to joe", Duration.ofMinutes(1)));
        assertThat(seen).isBetween(NOW.toEpochMilli(), System.currentTimeMillis());
        assertThat(read(elsewhere.tallies().firstSeen("anna to joe", Duration.ofMinutes(1))))
                .isEqualTo(seen);
    }
}
