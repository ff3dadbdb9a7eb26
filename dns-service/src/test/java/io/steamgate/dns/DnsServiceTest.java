package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** The section of docs/metrics.md has every metric with its type and labels, and no other. */
    @Test
    void every_metric_is_described() throws Exception {
        String document = java.nio.file.Files.readString(java.nio.file.Path.of("..", "docs", "metrics.md"));
        int begin = document.indexOf("## dns-service");
        int end = document.indexOf("\n## ", begin);
        String section = document.substring(begin, end < 0 ? document.length() : end);
        Map<String, String> described = new TreeMap<>();
        Pattern.compile("(?m)^\\| `(steamgate_[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\|")
                .matcher(section)
                .results()
                .forEach(row -> described.put(row.group(1), row.group(2) + " " + labels(row.group(3), "`([a-z]+)`")));
        String scraped = get("/q/metrics");
        Map<String, String> shown = new TreeMap<>();
        Pattern.compile("(?m)^# TYPE (steamgate_dns_\\S+) (\\w+)$")
                .matcher(scraped)
                .results()
                // Of a histogram there is the largest value too.
                .filter(type -> !type.group(1).endsWith("_max"))
                .forEach(type -> {
                    Matcher sample = Pattern.compile("(?m)^" + type.group(1) + "(?:_count)?(\\{.*\\})? ")
                            .matcher(scraped);
                    String found = sample.find() && sample.group(1) != null ? sample.group(1) : "";
                    shown.put(type.group(1), type.group(2) + " " + labels(found, "([a-z]+)=\""));
                });
        assertThat(shown).isEqualTo(described);
    }

    private static TreeSet<String> labels(String text, String pattern) {
        TreeSet<String> labels = new TreeSet<>();
        Pattern.compile(pattern).matcher(text).results().forEach(label -> labels.add(label.group(1)));
        return labels;
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
