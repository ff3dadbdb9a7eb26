package io.steamgate.state;

import static io.restassured.RestAssured.get;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.steamgate.start.MetricsDocument;
import io.steamgate.state.call.Ack;
import io.steamgate.state.call.Lifespan;
import io.steamgate.state.member.Membership;
import io.steamgate.state.member.Self;
import io.steamgate.state.store.Blob;
import io.steamgate.state.store.DnsAnswer;
import io.steamgate.state.store.DnsCache;
import io.steamgate.state.store.DnsQuestion;
import io.steamgate.state.store.Session;
import io.steamgate.state.store.Sessions;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A service with its embedded server: what is injected works, and health and metrics say so. */
@QuarkusTest
@TestProfile(StateApplicationTest.Embedded.class)
class StateApplicationTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "metrics.md");

    /** What a service of a single machine is configured with, on ports of its own. */
    public static final class Embedded implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quarkus.http.host", "127.0.0.1",
                    "quarkus.http.test-port", "0",
                    "steamgate.state.embedded", "true",
                    "steamgate.state.embedded-port", "0",
                    "steamgate.state.embedded-directory", "target/state",
                    "steamgate.state.node", "node-under-test");
        }
    }

    @Inject
    ClusterState state;

    @Inject
    Sessions sessions;

    @Inject
    DnsCache dns;

    @Inject
    Membership membership;

    @Inject
    NodeId node;

    @BeforeEach
    void connected() {
        assertThat(Within.within(Duration.ofSeconds(20), () -> state.status().answering()))
                .as(state.status().toString())
                .isTrue();
    }

    @Test
    void stores_are_injected_and_work() {
        Session session = new Session("application", node.id(), Optional.empty(), Map.of());
        assertThat(sessions.put(session, Lifespan.FOREVER).join()).isEqualTo(Ack.DONE);
        assertThat(sessions.get("application").join().found().orElseThrow().value())
                .isEqualTo(session);
    }

    @Test
    void health_says_that_shared_state_is_available() {
        get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("checks.find { it.name == 'shared-state' }.data.available", equalTo(true))
                .body("checks.find { it.name == 'shared-state' }.data.breaker", equalTo("closed"))
                .body("checks.find { it.name == 'shared-state' }.data.members", notNullValue());
    }

    @Test
    void metrics_count_calls_near_hits_and_members() throws IOException {
        DnsQuestion question = new DnsQuestion("metrics.example.", 1, 1, false, false);
        Instant later = Instant.now().plusSeconds(60);
        assertThat(dns.put(question, new DnsAnswer(Blob.EMPTY, Instant.now(), later, false, later))
                        .join())
                .isEqualTo(Ack.DONE);
        assertThat(dns.get(question).join().found()).isPresent();
        assertThat(dns.get(question).join().found()).isPresent();
        membership.join(new Self(node.id(), Set.of("dns"), List.of(), "test", () -> 0.25));
        assertThat(Within.within(
                        Duration.ofSeconds(5),
                        () -> membership.member("node-under-test").isPresent()))
                .isTrue();
        assertThat(Within.within(Duration.ofSeconds(5), () -> membership.era().isPresent()))
                .isTrue();
        String metrics = get("/q/metrics").then().statusCode(200).extract().asString();
        assertThat(metrics)
                .contains("steamgate_state_near_hits_total{cache=\"dns-cache\"} 1.0")
                .contains("steamgate_state_members{role=\"dns\"} 1.0")
                .contains("steamgate_state_available 1.0")
                .contains("steamgate_state_breaker{state=\"closed\"} 1.0")
                .contains("steamgate_state_calls_total{cache=\"dns-cache\",operation=\"put\",outcome=\"done\"} 1.0");
        assertThat(MetricsDocument.told(Files.readString(DOCUMENT), "steamgate_state_"))
                .as("docs/metrics.md")
                .isEqualTo(MetricsDocument.shown(
                        given().accept("text/plain").get("/q/metrics").asString(), "steamgate_state_"));
    }
}
