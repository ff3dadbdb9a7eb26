package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The edge's process is killed while connections are under way. */
class RestartTest {
    @RegisterExtension
    static final Lab lab = Lab.with("--bpffs", "--data-path", "kernel");

    private static final Duration LONG = Duration.ofMinutes(2);

    private static void killEdge() throws IOException {
        String pid = Files.readString(Lab.folder().resolve("edge/pid")).split(" ")[0];
        lab.on("edge", "kill", "-KILL", pid).succeeded();
        Lab.eventually("the edge's process is gone", Lab.SHORT, () -> !Files.exists(Path.of("/proc", pid)));
    }

    private static String edgeLog() {
        try {
            return Files.readString(Lab.folder().resolve("edge/log"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path gate(int number) {
        return Lab.folder().resolve("gate-" + number);
    }

    /** A download that stands still at two gates: after the first MiB, and 64 MiB later. */
    private static Command download(String url) {
        lab.on("client", "rm", "-f", gate(1).toString(), gate(2).toString()).succeeded();
        lab.on("client", "mkfifo", gate(1).toString(), gate(2).toString()).succeeded();
        lab.afterwards(() -> lab.on("client", "rm", "-f", gate(1).toString(), gate(2).toString()));
        return lab.start(
                "client",
                "bash",
                "-o",
                "pipefail",
                "-c",
                "curl -sSf %s | { head -c 1M; cat %s >&2; head -c 64M; cat %s >&2; cat; } | sha256sum"
                        .formatted(url, gate(1), gate(2)));
    }

    /** Lets a download go on, when it has come there. */
    private static void open(int number) {
        lab.on("client", "bash", "-c", "true >" + gate(number)).succeeded();
    }

    private static double bytesToClient() {
        String flows = lab.flows();
        return Double.parseDouble(Lab.field(flows.substring(flows.indexOf("\"toClient\"")), "bytes"));
    }

    @Test
    void a_download_outlives_the_edge_and_the_next_edge_knows_it() throws Exception {
        String expected = TransferTest.digestAtTheSource(lab, 256);
        try (Command download = download("http://b.test/big/256")) {
            Lab.eventually("the kernel forwards it", Lab.SHORT, () -> lab.metric("steamgate_edge_kernel_splices") == 2);

            killEdge();
            open(1);
            lab.startService("edge");

            assertThat(lab.metric("steamgate_edge_flows_adopted_total", "outcome=\"kept\""))
                    .isEqualTo(1);
            assertThat(lab.flows())
                    .contains("\"service\":\"site-b\"")
                    .contains("\"state\":\"open\"")
                    .contains("\"host\":\"b.test\"");
            assertThat(edgeLog())
                    .contains(
                            "took over 1 flows that went on in the kernel, 0 to the end of what is under way, broke off 0");
            Lab.eventually("most of it passed without an edge", Lab.SHORT, () -> bytesToClient() > 64 << 20);
            // Beside it new ones work, from another port.
            assertThat(lab.whoami("http://b.test/whoami")).isEqualTo("site-b");
            open(2);
            assertThat(download.await(LONG).succeeded().out()).isEqualTo(expected);
        }
        Lab.eventually("its end is seen", Lab.SHORT, () -> !lab.flows().contains("\"state\":\"open\""));
        assertThat(lab.metric("steamgate_edge_endpoint_flows", "service=\"site-b\","))
                .isZero();
    }

    @Test
    void a_download_on_a_connection_that_is_followed_outlives_the_edge_too() throws Exception {
        String expected = TransferTest.digestAtTheSource(lab, 128);
        try (Command download = download("http://a.test/big/128")) {
            Lab.eventually("the kernel forwards it", Lab.SHORT, () -> lab.metric("steamgate_edge_kernel_splices") == 2);

            killEdge();
            open(1);
            lab.startService("edge");

            assertThat(lab.metric("steamgate_edge_flows_adopted_total", "outcome=\"finishing\""))
                    .isEqualTo(1);
            Lab.eventually("most of it passed without an edge", Lab.SHORT, () -> bytesToClient() > 64 << 20);
            open(2);
            assertThat(download.await(LONG).succeeded().out()).isEqualTo(expected);
        }
        Lab.eventually("its end is seen", Lab.SHORT, () -> !lab.flows().contains("\"state\":\"open\""));
    }

    @Test
    void datagrams_go_on_without_the_edge_and_the_next_edge_knows_them() throws Exception {
        try (Command site = lab.python("site-a", "datagrams.py", "answer", "5201")) {
            assertThat(site.line(Lab.SHORT)).isEqualTo("answering");
            try (Command client = lab.python("client", "datagrams.py", "ask", Lab.VIP, "5201", "12")) {
                Lab.eventually(
                        "the kernel forwards it", Lab.SHORT, () -> lab.metric("steamgate_edge_kernel_splices") == 2);

                killEdge();
                lab.startService("edge");

                assertThat(lab.metric("steamgate_edge_flows_adopted_total", "outcome=\"kept\""))
                        .isEqualTo(1);
                assertThat(lab.metric("steamgate_edge_datagram_flows")).isEqualTo(1);
                assertThat(lab.flows()).contains("\"transport\":\"udp\"").contains("\"service\":\"iperf\"");
                String said = client.await(LONG).succeeded().out();
                // The edge takes longer than this to start.
                assertThat(Integer.parseInt(said.replaceAll("(?s).*longest (\\d+).*", "$1")))
                        .as(said)
                        .isLessThan(1000);
            }
        }
        Lab.eventually("the flow is forgotten", Lab.SHORT, () -> lab.metric("steamgate_edge_datagram_flows") == 0);
    }

    @Test
    void a_connection_whose_requests_were_followed_is_broken_off_at_both_ends() throws Exception {
        try (Session session = Session.open(lab)) {
            assertThat(session.whoami("a.test", "/whoami")).isEqualTo("site-a");
            Lab.eventually("the kernel forwards it", Lab.SHORT, () -> lab.metric("steamgate_edge_kernel_splices") == 2);
            killEdge();
            lab.startService("edge");

            assertThat(lab.metric("steamgate_edge_flows_adopted_total", "outcome=\"broken-off\""))
                    .isEqualTo(1);
            Lab.eventually(
                    "the client has been told",
                    Lab.SHORT,
                    () -> !lab.on("client", "ss", "-Htn", "state", "established")
                            .out()
                            .contains(Lab.VIP));
            assertThat(lab.on("site-a", "ss", "-Htn", "state", "established").out())
                    .doesNotContain("198.51.100.1:");
        }
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
    }

    @Test
    void nobody_answers_for_the_address_while_no_edge_runs() throws Exception {
        killEdge();
        try {
            Outcome refused = lab.curl("--max-time", "1", "http://a.test/whoami");
            assertThat(refused.err()).as("a time-out, no reset").contains("timed out");
        } finally {
            lab.startService("edge");
        }
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
    }

    @Test
    void an_orderly_stop_keeps_flows_too() {
        String expected = TransferTest.digestAtTheSource(lab, 96);
        try (Command download = download("http://b.test/big/96")) {
            Lab.eventually("the kernel forwards it", Lab.SHORT, () -> lab.metric("steamgate_edge_kernel_splices") == 2);
            lab.stopService("edge");
            open(1);
            lab.startService("edge");
            assertThat(lab.metric("steamgate_edge_flows_adopted_total", "outcome=\"kept\""))
                    .isEqualTo(1);
            open(2);
            assertThat(download.await(LONG).succeeded().out()).isEqualTo(expected);
        }
    }
}
