package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TransferTest {
    @RegisterExtension
    static final Lab lab = Lab.with();

    private static final int MEBIBYTES = Lab.FULL ? 1024 : 256;
    private static final Duration LONG = Duration.ofMinutes(3);

    /** SHA-256 of what the site streams, asked by its neighbour without the edge in the way. */
    static String digestAtTheSource(Lab lab, int mebibytes) {
        return lab.on(
                        "site-b",
                        LONG,
                        "sh",
                        "-c",
                        "curl -sSf --resolve a.test:80:198.51.100.11 http://a.test/big/%d | sha256sum"
                                .formatted(mebibytes))
                .succeeded()
                .out();
    }

    static String digestThroughTheEdge(Lab lab, String host, String url) {
        return lab.on(host, LONG, "bash", "-o", "pipefail", "-c", "curl -sSf %s | sha256sum".formatted(url))
                .succeeded()
                .out();
    }

    @Test
    void a_large_download_arrives_bit_by_bit() {
        assertThat(digestThroughTheEdge(lab, "client", "http://a.test/big/" + MEBIBYTES))
                .isEqualTo(digestAtTheSource(lab, MEBIBYTES));
    }

    @Test
    void a_large_download_over_tls_arrives_bit_by_bit() {
        assertThat(digestThroughTheEdge(lab, "client", "https://a.test/big/64")).isEqualTo(digestAtTheSource(lab, 64));
    }

    @Test
    void a_large_upload_arrives_bit_by_bit() throws IOException {
        Path file = Lab.folder().resolve("upload.bin");
        lab.afterwards(() -> file.toFile().delete());
        String made = lab.on(
                        "client",
                        LONG,
                        "bash",
                        "-c",
                        "openssl enc -aes-128-ctr -pass pass:lab -nosalt -pbkdf2 </dev/zero 2>/dev/null | head -c %d | tee %s | sha256sum"
                                .formatted((long) MEBIBYTES << 20, file))
                .succeeded()
                .out();
        assertThat(Files.size(file)).isEqualTo((long) MEBIBYTES << 20);

        String answer = lab.on(
                        "client", LONG, "curl", "-sSf", "-X", "POST", "-T", file.toString(), "http://a.test/echo")
                .succeeded()
                .out();

        assertThat(answer).contains(made.substring(0, 64));
    }

    @Test
    void two_clients_download_at_once() {
        String expected = digestAtTheSource(lab, 64);
        try (Command first = lab.start("client", "bash", "-c", "curl -sSf http://a.test/big/64 | sha256sum");
                Command second =
                        lab.start("client2", "bash", "-c", "curl -sSf http://a.test/shared/big/64 | sha256sum")) {
            assertThat(first.await(LONG).succeeded().out()).isEqualTo(expected);
            assertThat(second.await(LONG).succeeded().out()).isEqualTo(expected);
        }
    }

    @Test
    void a_slow_reader_gets_everything() {
        String slow = "curl -sSf --limit-rate 4M http://a.test/big/16 | sha256sum";
        assertThat(lab.on("client", LONG, "bash", "-c", slow).succeeded().out()).isEqualTo(digestAtTheSource(lab, 16));
    }

    @Test
    void many_kept_connections_of_wrk_see_no_error() {
        Outcome wrk = lab.on(
                "client", LONG, "wrk", "-t", "1", "-c", "32", "-d", Lab.FULL ? "30s" : "5s", "http://a.test/whoami");

        assertThat(wrk.succeeded().out())
                .contains("Requests/sec")
                .doesNotContain("Socket errors")
                .doesNotContain("Non-2xx");
    }

    @Test
    void iperf3_runs_both_ways_through_a_tcp_listener() {
        try (Command server = lab.start("site-a", "iperf3", "-s", "--forceflush")) {
            server.line(Lab.SHORT);
            for (String direction : new String[] {"--format=m", "--reverse"}) {
                Outcome client = lab.on("client", LONG, "iperf3", "-c", Lab.VIP, "-t", "3", direction);
                assertThat(client.succeeded().out()).contains("receiver").contains("iperf Done");
            }
        }
    }

    @Test
    void iperf3_sends_datagrams_through_a_udp_listener() {
        try (Command server = lab.start("site-a", "iperf3", "-s", "--forceflush")) {
            server.line(Lab.SHORT);
            for (String direction : new String[] {"--format=m", "--reverse"}) {
                String said = lab.on("client", LONG, "iperf3", "-c", Lab.VIP, "-u", "-b", "20M", "-t", "2", direction)
                        .succeeded()
                        .out();
                // Lost/Total of the side that received: not more than one in twenty on a busy machine.
                Matcher lost =
                        Pattern.compile("(\\d+)/(\\d+) \\([^)]*\\) +receiver").matcher(said);
                assertThat(lost.find()).as(said).isTrue();
                assertThat(Integer.parseInt(lost.group(2))).isGreaterThan(1000);
                assertThat(Integer.parseInt(lost.group(1)) * 20).isLessThan(Integer.parseInt(lost.group(2)));
            }
        }
        assertThat(lab.metric("steamgate_edge_datagram_flows_opened_total", "listener=\"iperf-udp\""))
                .isPositive();
    }

    @Test
    void a_client_that_resets_in_the_middle_leaves_no_connection_at_the_site() {
        int port;
        try (Session session = Session.open(lab)) {
            port = session.port();
            session.run("send GET /big/512 HTTP/1.1\\r\\nHost: a.test\\r\\n\\r\\n");
            session.run("receive");
            session.run("reset");
        }

        Lab.eventually(
                "the site's connections from the edge are all gone or idle",
                Lab.SHORT,
                () -> !lab.on("site-a", "ss", "-Htn", "state", "established", "( sport = :80 )")
                        .succeeded()
                        .out()
                        .lines()
                        .anyMatch(line -> !line.strip().split("\\s+")[1].equals("0")));
        assertThat(port).isPositive();
        assertThat(lab.whoami("http://a.test/whoami")).isEqualTo("site-a");
    }

    @Test
    void a_client_that_half_closes_gets_everything_the_other_end_still_has_to_say() {
        try (Command server = lab.python("site-a", "late.py", "5201", Integer.toString(4 << 20));
                Session session = openTo(server)) {
            session.run("send first and last words");
            session.run("finish");

            assertThat(session.run("drain 30", Duration.ofMinutes(1))).isEqualTo((4 << 20) + " end");
            assertThat(server.line(Lab.SHORT)).isEqualTo("heard 20 bytes");
        }
    }

    @Test
    void a_site_that_half_closes_first_still_hears_its_client() {
        try (Command server = lab.python("site-a", "late.py", "5201", "1000", "first");
                Session session = openTo(server)) {
            assertThat(session.run("drain 10")).isEqualTo("1000 end");
            session.run("send afterthought");
            session.run("finish");

            assertThat(server.line(Lab.SHORT)).isEqualTo("heard 12 bytes");
        }
    }

    private static Session openTo(Command server) {
        assertThat(server.line(Lab.SHORT)).isEqualTo("listening");
        return Session.open(lab, "client", Lab.VIP, 5201);
    }

    @Test
    void a_request_and_its_end_in_one_burst_are_answered() {
        // The FIN reaches the edge before it has decided: end-of-stream is input too.
        Outcome answer = lab.on(
                "client",
                "bash",
                "-c",
                "exec 3<>/dev/tcp/%s/80; printf 'GET /whoami HTTP/1.0\\r\\nHost: b.test\\r\\n\\r\\n' >&3; timeout 10 cat <&3"
                        .formatted(Lab.VIP));
        assertThat(answer.succeeded().out()).contains("200 OK").contains("\"site-b\"");
    }

    @Test
    void a_request_in_single_bytes_finds_its_site() {
        try (Session session = Session.open(lab)) {
            String request = "GET /whoami HTTP/1.1|Host: b.test||";
            for (char c : request.toCharArray()) {
                session.run("send " + (c == '|' ? "\\r\\n" : c == ' ' ? "\\x20" : String.valueOf(c)));
            }
            assertThat(session.run("response")).startsWith("200 ").contains("\"site-b\"");
        }
    }
}
