package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.steamgate.start.MetricsDocument;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The application as it is started: answers, health, metrics. */
@QuarkusTest
@QuarkusTestResource(DnsFixture.class)
class DnsServiceTest {
    private static InetSocketAddress server() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), DnsFixture.port("steamgate.dns.listen"));
    }

    private static String get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + DnsFixture.port("quarkus.management.port") + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(uri)
                                    .header("Accept", "text/plain")
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void a_zone_is_answered_and_counted() throws Exception {
        assertThat(Ask.data(Ask.udp(server(), "ns.example.test.", Type.A), Section.ANSWER))
                .containsExactly("A 192.0.2.1");
        assertThat(Ask.data(Ask.tcp(server(), Ask.query("ns.example.test.", Type.A)), Section.ANSWER))
                .containsExactly("A 192.0.2.1");
        String metrics = get("/q/metrics");
        assertThat(metrics)
                .contains("steamgate_dns_queries_total{transport=\"tcp\",type=\"A\"")
                .contains("steamgate_dns_responses_total{rcode=\"NOERROR\"")
                .contains("steamgate_dns_zones 3.0");
    }

    @Test
    void every_metric_is_described_and_no_other() throws Exception {
        String document = java.nio.file.Files.readString(java.nio.file.Path.of("..", "docs", "metrics.md"));
        assertThat(MetricsDocument.shown(get("/q/metrics"), "steamgate_dns_"))
                .isEqualTo(MetricsDocument.told(document, "steamgate_dns_"));
    }

    @Test
    void the_cluster_is_listed_to_the_world_and_to_the_operator() throws Exception {
        assertThat(Ask.data(Ask.udp(server(), "cloud.neonics.test.", Type.A), Section.ANSWER))
                .containsExactly("A 127.0.0.1");
        assertThat(get("/clusters")).contains("\"id\" : \"one\"").contains("\"self\" : true");
    }

    @Test
    void the_service_is_ready_and_says_what_it_serves() throws Exception {
        assertThat(get("/q/health/ready"))
                .contains("\"status\": \"UP\"")
                .contains("\"zones\": 3")
                .contains("\"secondary-zones-unserved\": 1");
    }
}
