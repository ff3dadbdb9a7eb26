package io.steamgate.edge.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The packaged edge, jar or native executable, on real interfaces: a network namespace whose kernel is the client at one
 * interface (192.0.2.2) and the site at another (198.51.100.11), with the edge between the two.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class EdgeIT {
    private static final String INTERFACES = """
            ip link set lo up
            ip link add wan0 type veth peer name wan1
            ip link add lan0 type veth peer name lan1
            for i in wan0 wan1 lan0 lan1; do ip link set "$i" up; done
            ip address add 192.0.2.2/24 dev wan1
            ip address add 198.51.100.11/24 dev lan1
            echo ready
            exec sleep infinity
            """;

    private static final String ROUTES = """
            listeners:
              - {name: web, port: 80, protocol: http, rules: [{host: a.test, service: site}]}
            services:
              site:
                address-mode: nat
                endpoints: ["198.51.100.11:80"]
            """;

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private long namespace;

    @BeforeEach
    void layOut() throws IOException {
        List<String> unshare = isRoot()
                ? List.of("unshare", "--net", "--")
                : List.of("unshare", "--user", "--map-root-user", "--net", "--");
        Process holder =
                start(new ProcessBuilder(concat(unshare, "sh", "-euc", "PATH=$PATH:/usr/sbin:/sbin\n" + INTERFACES)));
        assertThat(line(holder)).isEqualTo("ready");
        namespace = holder.pid();
        Files.createDirectory(directory.resolve("site"));
        Files.writeString(directory.resolve("site/hello.txt"), "hello from the site\n");
        Files.writeString(directory.resolve("routes.yaml"), ROUTES);
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : processes.reversed()) {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"af-packet", "pcap"})
    void aConnectionToTheVipReachesTheSite(String link) throws IOException, InterruptedException {
        Process site = inside(
                Path.of(System.getProperty("java.home"), "bin", "jwebserver").toString(),
                "-b",
                "198.51.100.11",
                "-p",
                "80",
                "-d",
                directory.resolve("site").toString());
        assertThat(line(site)).startsWith("Serving ");
        if (link.equals("pcap")) {
            // libpcap does not say which checksums the kernel left to a card, so here it must compute them itself.
            output(
                    "bash",
                    "-c",
                    "PATH=$PATH:/usr/sbin; for i in wan1 lan1; do ethtool -K $i tx off tso off gso off; done");
        }
        Process edge = edge("steamgate.edge.link=" + link);
        awaitReady(edge);

        assertThat(output("ping", "-c", "1", "-W", "5", "192.0.2.10")).contains("1 received");
        String answer = output(
                "bash",
                "-c",
                "exec 3<>/dev/tcp/192.0.2.10/80; "
                        + "printf 'GET /hello.txt HTTP/1.1\\r\\nHost: a.test\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3");
        assertThat(answer).startsWith("HTTP/1.1 200 OK").endsWith("hello from the site\n");
        assertThat(management("/flows")).contains("\"service\":\"site\"", "\"client\":\"192.0.2.2:");
        assertThat(management("/q/metrics")).contains("steamgate_edge_");

        edge.destroy();
        assertThat(edge.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatAnOperatorGotWrongEndsItWithOneLine() throws IOException, InterruptedException {
        Files.writeString(
                directory.resolve("routes.yaml"), "listeners: []\nservices: {site: {endpoints: [nowhere]}}\n");
        Process edge = edge("steamgate.edge.link=af-packet");
        assertThat(edge.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(edge.exitValue()).isEqualTo(1);
        String log = Files.readString(directory.resolve("edge.log"));
        assertThat(log).contains("routes.yaml:2:", "nowhere").doesNotContain("\tat ");
    }

    @Test
    void aValueOfTheWrongKindEndsItWithOneLine() throws IOException, InterruptedException {
        Process edge = edge("steamgate.edge.routes-reload=often");
        assertThat(edge.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(edge.exitValue()).isEqualTo(1);
        assertThat(Files.readString(directory.resolve("edge.log")).lines())
                .containsExactly("steamgate.edge.routes-reload: 'often' is not a duration: write 500ms, 10s, 5m or 1h");
    }

    private Process edge(String setting) throws IOException {
        Files.createDirectories(directory.resolve("config"));
        Files.writeString(directory.resolve("config/application.properties"), """
                %s
                steamgate.edge.interfaces.wan0.addresses=192.0.2.10/24
                steamgate.edge.interfaces.lan0.addresses=198.51.100.1/24
                steamgate.edge.vips=192.0.2.10
                steamgate.edge.routes=%s
                """.formatted(
                        setting, directory.resolve("routes.yaml")));
        ProcessBuilder builder = new ProcessBuilder(insideCommand(artefact().toArray(String[]::new)))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("edge.log").toFile());
        return start(builder);
    }

    /** The command that starts what the build made last: the executable, or the jar with this JDK. */
    private static List<String> artefact() throws IOException {
        Path target = Path.of("target");
        Properties built = new Properties();
        try (InputStream in = Files.newInputStream(target.resolve("quarkus-artifact.properties"))) {
            built.load(in);
        }
        Path path = target.resolve(built.getProperty("path")).toAbsolutePath();
        return "native".equals(built.getProperty("type"))
                ? List.of(path.toString())
                : List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-jar",
                        path.toString());
    }

    private void awaitReady(Process edge) throws IOException, InterruptedException {
        // Each attempt takes as long as it takes to start a process.
        for (int attempt = 0; attempt < 1000; attempt++) {
            if (!edge.isAlive()) {
                throw new AssertionError("the edge ended: " + Files.readString(directory.resolve("edge.log")));
            }
            Process asked = inside("bash", "-c", request("/q/health/ready"));
            String answer = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (asked.waitFor() == 0 && answer.startsWith("HTTP/1.1 200 ")) {
                return;
            }
        }
        throw new AssertionError(
                "not ready: " + management("/q/health") + Files.readString(directory.resolve("edge.log")));
    }

    private String management(String path) throws IOException, InterruptedException {
        return output("bash", "-c", request(path));
    }

    private static String request(String path) {
        return "exec 3<>/dev/tcp/127.0.0.1/9000 && " + "printf 'GET " + path
                + " HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && cat <&3";
    }

    private String output(String... command) throws IOException, InterruptedException {
        Process process = inside(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", command), output)
                .isZero();
        return output;
    }

    private Process inside(String... command) throws IOException {
        return start(new ProcessBuilder(insideCommand(command)).redirectErrorStream(true));
    }

    private List<String> insideCommand(String... command) {
        List<String> enter = new ArrayList<>(List.of("nsenter", "--target", Long.toString(namespace), "--net"));
        if (!isRoot()) {
            enter.addAll(List.of("--user", "--preserve-credentials"));
        }
        enter.add("--");
        return concat(enter, command);
    }

    private Process start(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private static String line(Process process) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String line = reader.readLine();
        return line == null ? "" : line;
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static List<String> concat(List<String> first, String... rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(rest));
        return all;
    }
}
