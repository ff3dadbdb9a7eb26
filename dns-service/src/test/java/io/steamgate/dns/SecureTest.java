package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Queries that nobody on the way can read. */
class SecureTest {
    @TempDir
    static Path directory;

    private static TestServer server;
    private static int tls;
    private static int https;

    @BeforeAll
    static void start() {
        server = TestServer.serving(
                directory,
                "example.test",
                DnsFixture.ZONE,
                Map.of("tls.listen", "127.0.0.1:0", "https.listen", "127.0.0.1:0", "rate.per-second", "0"));
        List<Integer> ports = server.server.listening().stream()
                .map(address -> address.getPort())
                .toList();
        tls = ports.get(1);
        https = ports.get(2);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpClient client(HttpClient.Version version) throws Exception {
        KeyStore store = KeyStore.getInstance(SecureFixture.keyStore().toFile(), SecureFixture.PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("dns", store.getCertificate("dns"));
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().version(version).sslContext(context).build();
    }

    private static URI uri(String path) {
        return URI.create("https://localhost:" + https + path);
    }

    private static HttpResponse<byte[]> send(HttpClient client, HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void kdig_asks_over_tls_and_checks_the_certificate() {
        String out = Peer.run(List.of(
                "kdig",
                "-p",
                Integer.toString(tls),
                "@127.0.0.1",
                "+tls-ca=" + SecureFixture.certificate(),
                "+tls-hostname=dns.test",
                "+keepopen",
                "+padding",
                "ns.example.test",
                "example.test",
                "SOA"));
        assertThat(out).contains("192.0.2.1").contains("TLS session (TLS1.3)").contains("PADDING");
        assertThat(out.split("status: NOERROR")).hasSize(3);
    }

    @Test
    void kdig_and_curl_ask_over_https() {
        String out = Peer.run(List.of(
                "kdig",
                "-p",
                Integer.toString(https),
                "@127.0.0.1",
                "+https",
                "+tls-ca=" + SecureFixture.certificate(),
                "+tls-hostname=dns.test",
                "ns.example.test"));
        assertThat(out).contains("HTTP session (HTTP/2-POST)").contains("192.0.2.1");
        String query = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Ask.query("ns.example.test.", Type.A).toWire());
        String head = Peer.run(List.of(
                "curl",
                "-sS",
                "--cacert",
                SecureFixture.certificate().toString(),
                "-o",
                "/dev/null",
                "-D",
                "-",
                uri("/dns-query?dns=" + query).toString()));
        assertThat(head.toLowerCase(java.util.Locale.ROOT))
                .contains(" 200", "content-type: application/dns-message", "cache-control: max-age=3600");
    }

    @Test
    void get_and_post_are_answered_in_both_versions_of_http() throws Exception {
        byte[] query = Ask.query("ns.example.test.", Type.A).toWire();
        for (HttpClient.Version version : HttpClient.Version.values()) {
            try (HttpClient client = client(version)) {
                HttpResponse<byte[]> post = send(
                        client,
                        HttpRequest.newBuilder(uri("/dns-query"))
                                .header("Content-Type", "application/dns-message")
                                .POST(HttpRequest.BodyPublishers.ofByteArray(query)));
                assertThat(post.version()).isEqualTo(version);
                Message answer = new Message(post.body());
                assertThat(Ask.data(answer, Section.ANSWER)).containsExactly("A 192.0.2.1");
                String encoded = Base64.getUrlEncoder().withoutPadding().encodeToString(query);
                HttpResponse<byte[]> get = send(client, HttpRequest.newBuilder(uri("/dns-query?dns=" + encoded)));
                assertThat(new Message(get.body()).getSection(Section.ANSWER)).hasSize(1);
            }
        }
    }

    @Test
    void what_is_no_query_has_the_status_that_says_so() throws Exception {
        try (HttpClient client = client(HttpClient.Version.HTTP_1_1)) {
            assertThat(send(client, HttpRequest.newBuilder(uri("/other"))).statusCode())
                    .isEqualTo(404);
            assertThat(send(client, HttpRequest.newBuilder(uri("/dns-query"))).statusCode())
                    .isEqualTo(400);
            assertThat(send(client, HttpRequest.newBuilder(uri("/dns-query?dns=!!")))
                            .statusCode())
                    .isEqualTo(400);
            assertThat(send(client, HttpRequest.newBuilder(uri("/dns-query")).DELETE())
                            .statusCode())
                    .isEqualTo(405);
            assertThat(send(
                                    client,
                                    HttpRequest.newBuilder(uri("/dns-query"))
                                            .header("Content-Type", "text/plain")
                                            .POST(HttpRequest.BodyPublishers.ofString("x")))
                            .statusCode())
                    .isEqualTo(415);
        }
    }

    private static TestServer before(String upstream, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "forward.upstreams",
                upstream,
                "forward.certificates",
                SecureFixture.certificate().toString()));
        settings.putAll(more);
        return TestServer.with(settings);
    }

    private static List<String> addresses(TestServer server, String name) {
        return Ask.data(Ask.udp(server.address, name, Type.A), Section.ANSWER);
    }

    @Test
    void unbound_and_bind_are_asked_over_tls_on_one_connection_each() throws IOException {
        int ofUnbound = TestServer.freePort();
        int ofBind = TestServer.freePort();
        try (Peer unbound = Peer.unboundOverTls(Files.createDirectory(directory.resolve("unbound")), ofUnbound);
                Peer bind = Peer.bindOverTls(Files.createDirectory(directory.resolve("bind")), ofBind)) {
            for (int port : List.of(ofUnbound, ofBind)) {
                try (TestServer server = before("tls://127.0.0.1:" + port + "#dns.test", Map.of())) {
                    for (int i = 0; i < 20; i++) {
                        assertThat(addresses(server, "h" + i + ".tls.test.")).containsExactly("A 192.0.2.53");
                    }
                    assertThat(server.server.resolveCounters().connections.sum())
                            .isEqualTo(1);
                }
                try (TestServer server =
                        before("tls://127.0.0.1:" + port + "#other.test", Map.of("forward.deadline", "1s"))) {
                    assertThat(Ask.udp(server.address, "h.tls.test.", Type.A).getRcode())
                            .as("its certificate has another name")
                            .isEqualTo(Rcode.SERVFAIL);
                    assertThat(server.server.upstreams().getFirst().answered().sum())
                            .isZero();
                }
            }
        }
    }

    @Test
    void an_upstream_whose_certificate_nobody_vouches_for_is_not_believed() {
        try (TestServer server = TestServer.with(
                Map.of("forward.upstreams", "tls://127.0.0.1:" + tls + "#dns.test", "forward.deadline", "1s"))) {
            assertThat(Ask.udp(server.address, "ns.example.test.", Type.A).getRcode())
                    .isEqualTo(Rcode.SERVFAIL);
        }
        try (TestServer server = before("tls://127.0.0.1:" + tls + "#dns.test", Map.of())) {
            assertThat(addresses(server, "ns.example.test.")).containsExactly("A 192.0.2.1");
        }
    }

    @Test
    void a_connection_that_the_upstream_closed_is_opened_again(@TempDir Path own) {
        try (TestServer upstream = TestServer.serving(
                        own,
                        "example.test",
                        DnsFixture.ZONE,
                        Map.of("tls.listen", "127.0.0.1:0", "streams.idle", "2s"));
                TestServer server = before(
                        "tls://127.0.0.1:" + upstream.server.listening().get(1).getPort() + "#dns.test", Map.of())) {
            assertThat(addresses(server, "ns.example.test.")).containsExactly("A 192.0.2.1");
            eventually(() -> upstream.server.streams().open() == 0);
            assertThat(Ask.udp(server.address, "no.example.test.", Type.A).getRcode())
                    .isEqualTo(Rcode.NXDOMAIN);
            assertThat(server.server.resolveCounters().connections.sum()).isEqualTo(2);
        }
    }

    @Test
    void a_file_without_certificates_stops_the_start() {
        assertThatThrownBy(() -> before("tls://127.0.0.1:1#dns.test", Map.of("forward.certificates", "/nowhere"))
                        .close())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("steamgate.dns.forward.certificates: /nowhere");
    }

    @Test
    void a_client_that_speaks_no_tls_is_closed() throws IOException {
        try (var socket = Ask.connect(new java.net.InetSocketAddress("127.0.0.1", tls))) {
            Ask.send(socket, Ask.query("ns.example.test.", Type.A).toWire());
            int read = socket.getInputStream().read();
            while (read >= 0) {
                read = socket.getInputStream().read();
            }
            assertThat(read).isEqualTo(-1);
        }
    }
}
