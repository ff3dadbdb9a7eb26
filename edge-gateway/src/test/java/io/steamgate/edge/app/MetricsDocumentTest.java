package io.steamgate.edge.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.steamgate.edge.follow.PortFollower;
import io.steamgate.edge.handoff.DatagramCounters;
import io.steamgate.edge.handoff.Gateway;
import io.steamgate.edge.handoff.GatewayObserver;
import io.steamgate.edge.handoff.HandoffCounters;
import io.steamgate.edge.link.MemoryDevice;
import io.steamgate.edge.link.ParkingPoller;
import io.steamgate.edge.route.RouteFile;
import io.steamgate.edge.route.RoutesContext;
import io.steamgate.edge.runtime.ManualClock;
import io.steamgate.edge.runtime.Randomness;
import io.steamgate.edge.runtime.Timers;
import io.steamgate.edge.stack.PollLoop;
import io.steamgate.edge.stack.Stack;
import io.steamgate.edge.stack.StackSettings;
import io.steamgate.edge.tcp.Tcp;
import io.steamgate.edge.tcp.TcpSettings;
import io.steamgate.edge.wire.Ipv4Address;
import io.steamgate.edge.wire.MacAddress;
import io.steamgate.start.MetricsDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/metrics.md has every metric of the edge with its type and labels, and no other; names follow the scheme. */
class MetricsDocumentTest {
    private static final Path DOCUMENT = Path.of("..", "docs", "metrics.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(steamgate_[a-z_]+)` \\| (\\w+) \\| ([^|]*) \\|");
    private static final Pattern TYPE = Pattern.compile("(?m)^# TYPE (\\S+) (\\w+)$");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"");
    private static final Pattern NAME = Pattern.compile("steamgate(_[a-z]+){2,}");
    /** Units that Prometheus does not want: seconds and bytes are the base ones. */
    private static final Pattern OTHER_UNITS = Pattern.compile(
            ".*_(nanos|nanoseconds|micros|millis|milliseconds|ms|minutes|hours|kb|kib|mb|mib|percent)(_.*)?");

    @TempDir
    private Path directory;

    private String scraped = "";

    @BeforeEach
    void scrape() throws IOException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        EdgeMetrics metrics = new EdgeMetrics(registry);
        Timers timers = new Timers(new ManualClock());
        MemoryDevice device = new MemoryDevice("wan0", new MacAddress(0x0200_0000_0001L), 1500);
        Randomness randomness = Randomness.seeded(1);
        Stack stack = new Stack(List.of(new Stack.Link(device)), timers, randomness, StackSettings.DEFAULT);
        Tcp tcp = new Tcp(stack.output(), timers, randomness, TcpSettings.defaults());
        Gateway gateway = new Gateway(
                tcp,
                stack,
                timers,
                randomness,
                listener -> new PortFollower(),
                List.of(Ipv4Address.parse("192.0.2.10")),
                1 << 20,
                16,
                GatewayObserver.NONE);
        Path file = directory.resolve("routes.yaml");
        Files.writeString(file, """
                listeners:
                  - {name: web, port: 80, protocol: tcp, default: site}
                services:
                  site: {endpoints: ["198.51.100.11:80"]}
                """);
        RouteFile routes = new RouteFile(file, () -> RoutesContext.UNKNOWN, InstantSource.system());
        gateway.apply(routes.load().routes());
        metrics.bind(
                stack,
                tcp,
                gateway,
                DataPath.user(DataPath.Obstacle.CONFIGURED, "a test"),
                new PollLoop(stack, timers, new ParkingPoller(List.of(device))),
                routes);
        // A family shows what has been counted once.
        HandoffCounters counters = gateway.counters();
        counters.accepted().of("web");
        counters.decisions().of("route");
        counters.spliced().of("site");
        counters.relayed().of("site");
        counters.endpointFailures().of("refused");
        counters.followed().of("stayed");
        counters.adopted().of("kept");
        gateway.path().counters().bytesToClients().of("site");
        metrics.ends().of("closed");
        DatagramCounters datagrams = gateway.datagrams().counters();
        datagrams.opened().of("dns");
        datagrams.ended().of("answered");
        datagrams.refused().of("no-rule");
        metrics.handoff(1);
        scraped = registry.scrape();
    }

    private Map<String, String> types() {
        Map<String, String> types = new TreeMap<>();
        TYPE.matcher(scraped).results().forEach(row -> types.put(row.group(1), row.group(2)));
        // The highest value of the last minutes, which comes with every histogram.
        types.remove("steamgate_edge_handoff_seconds_max");
        return types;
    }

    @Test
    void every_metric_is_documented_with_its_type_and_labels_and_no_other() throws IOException {
        assertThat(MetricsDocument.shown(scraped, "steamgate_edge_"))
                .isEqualTo(MetricsDocument.told(Files.readString(DOCUMENT), "steamgate_edge_"));
    }

    @Test
    void every_name_follows_the_scheme() {
        assertThat(types()).isNotEmpty().allSatisfy((name, type) -> {
            assertThat(name).matches(NAME).doesNotMatch(OTHER_UNITS);
            assertThat(name.endsWith("_total")).as("%s is a %s", name, type).isEqualTo(type.equals("counter"));
            if (type.equals("histogram")) {
                assertThat(name).endsWith("_seconds");
            }
        });
    }

    @Test
    void every_metric_says_what_it_means() {
        types().keySet()
                .forEach(name ->
                        assertThat(scraped).containsPattern(Pattern.compile("(?m)^# HELP " + name + " \\S.*$")));
    }
}
