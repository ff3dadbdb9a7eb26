package io.steamgate.session;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens below a well-behaved request: PROXY headers, TLS, odd and slow requests. */
@QuarkusTest
@QuarkusTestResource(SiteFixture.class)
class ConnectionsTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String CLIENT = SIGNATURE + "2111000c" + "c0000202" + "c000020a" + "c822" + "0050";
    private static final String WHOAMI = "GET /whoami HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";

    @TestHTTPResource
    URL http;

    private final int tlsPort = SiteFixture.port("quarkus.http.ssl-port");

    private RawConnection edge() {
        return new RawConnection(SiteFixture.EDGE, http.getPort());
    }

    private RawConnection direct() {
        return new RawConnection("127.0.0.1", http.getPort());
    }

    private static String management(String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + SiteFixture.port("quarkus.management.port") + path);
        try (InputStream in = uri.toURL().openStream()) {
            return new String(in.readAllBytes(), ISO_8859_1);
        }
    }

    /** Longer than what the kernels between the two hold: the client's end comes while most of it is still to be sent. */
    private static final String LONG = "GET /big/32 HTTP/1.1\r\nHost: a.test\r\n\r\n";

    private static void assertWhole(String answer, int mebibytes) {
        int head = answer.indexOf("\r\n\r\n") + 4;
        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
        assertThat(answer.length() - head).isEqualTo(mebibytes << 20);
    }

    @Test
    void aClientThatClosesItsHalfBehindItsRequestGetsTheWholeAnswer() {
        try (RawConnection connection = direct()) {
            assertWhole(connection.send(LONG).finish().readToEnd(), 32);
        }
        try (RawConnection connection = edge()) {
            assertWhole(connection.sendHex(CLIENT).send(LONG).finish().readToEnd(), 32);
        }
    }

    @Test
    void aClientThatClosesItsHalfBehindPipelinedRequestsGetsEveryAnswer() {
        String whoami = "GET /whoami HTTP/1.1\r\nHost: a.test\r\n\r\n";
        try (RawConnection connection = direct()) {
            String answers = connection.send(LONG + whoami + whoami).finish().readToEnd();
            assertThat(answers.split("\"host\"", -1)).hasSize(3);
            assertThat(answers.length()).isGreaterThan(32 << 20);
        }
    }

    @Test
    void aConnectionWhoseClientClosesItsHalfWithNothingToAnswerIsClosed() {
        try (RawConnection connection = direct()) {
            assertThat(connection.finish().readToEnd()).isEmpty();
        }
        try (RawConnection connection = edge()) {
            assertThat(connection.sendHex(CLIENT).finish().readToEnd()).isEmpty();
        }
        try (RawConnection connection = direct()) {
            connection.send("GET /whoami HTTP/1.1\r\nHost: a.test\r\n\r\n").readUntil("\"path\"");
            assertThat(connection.finish().readToEnd()).doesNotContain("HTTP");
        }
    }

    @Test
    void aBodyThatEndsTooSoonEndsTheConnectionWithoutAnAnswer() {
        try (RawConnection connection = direct()) {
            String half = "POST /echo HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100\r\n\r\n0123456789";
            assertThat(connection.send(half).finish().readToEnd()).isEmpty();
        }
    }

    private double connections(String kind) throws IOException {
        String text = management("/q/metrics");
        Matcher line = Pattern.compile("steamgate_session_proxy_connections_total\\{kind=\"" + kind + "\"} (\\S+)")
                .matcher(text);
        assertThat(line.find()).as(text).isTrue();
        return Double.parseDouble(line.group(1));
    }

    @Test
    void theClientIsTheOneTheEdgeNames() throws IOException {
        double before = connections("proxied");
        try (RawConnection edge = edge()) {
            assertThat(edge.sendHex(CLIENT).send(WHOAMI).readToEnd())
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("\"clientAddress\":\"192.0.2.2\",\"clientPort\":51234");
        }
        assertThat(connections("proxied")).isEqualTo(before + 1);
    }

    @Test
    void aHeaderInPiecesIsTheSameHeader() {
        try (RawConnection edge = edge()) {
            byte[] bytes = java.util.HexFormat.of().parseHex(CLIENT);
            for (byte b : bytes) {
                edge.send(new byte[] {b});
            }
            assertThat(edge.send(WHOAMI).readToEnd()).contains("192.0.2.2");
        }
    }

    @Test
    void anIpv6ClientIsNamedToo() {
        String addresses = "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "c82201bb";
        try (RawConnection edge = edge()) {
            assertThat(edge.sendHex(SIGNATURE + "21210024" + addresses)
                            .send(WHOAMI)
                            .readToEnd())
                    .contains("\"clientAddress\":\"2001:db8");
        }
    }

    @Test
    void aLocalConnectionIsTheEdgeItself() {
        try (RawConnection edge = edge()) {
            assertThat(edge.sendHex(SIGNATURE + "20000000").send(WHOAMI).readToEnd())
                    .contains("\"clientAddress\":\"127.0.0.2\",\"clientPort\":" + edge.localPort());
        }
    }

    @Test
    void anEdgeWithoutHeaderIsClosed() throws IOException {
        double before = connections("refused-malformed");
        try (RawConnection edge = edge()) {
            assertThat(edge.send(WHOAMI).readToEnd()).isEmpty();
        }
        assertThat(connections("refused-malformed")).isEqualTo(before + 1);
    }

    @Test
    void aHeaderFromSomebodyElseClosesTheConnection() throws IOException {
        double before = connections("refused-forged");
        try (RawConnection direct = direct()) {
            assertThat(direct.sendHex(CLIENT).send(WHOAMI).readToEnd()).isEmpty();
        }
        try (RawConnection direct = direct()) {
            assertThat(direct.send("PROXY TCP4 192.0.2.2 192.0.2.10 51234 80\r\n" + WHOAMI)
                            .readToEnd())
                    .isEmpty();
        }
        assertThat(connections("refused-forged")).isEqualTo(before + 2);
    }

    @Test
    void aForgedHeaderInPiecesNamesNobody() {
        try (RawConnection direct = direct()) {
            direct.sendHex(CLIENT.substring(0, 2));
            assertThat(direct.sendHex(CLIENT.substring(2)).send(WHOAMI).readToEnd())
                    .doesNotContain("192.0.2.2");
        }
    }

    @Test
    void othersConnectWithoutHeader() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send(WHOAMI).readToEnd()).contains("\"clientAddress\":\"127.0.0.1\"");
        }
    }

    @Test
    void tlsComesAfterTheHeaderAndEachHostHasItsCertificate() throws Exception {
        SSLContext context = trustingFixture();
        for (String host : List.of("a.test", "b.test")) {
            try (RawConnection edge = new RawConnection(SiteFixture.EDGE, tlsPort)) {
                edge.sendHex(CLIENT);
                try (SSLSocket tls =
                        (SSLSocket) context.getSocketFactory().createSocket(edge.socket(), host, tlsPort, true)) {
                    tls.getOutputStream().write(WHOAMI.replace("a.test", host).getBytes(ISO_8859_1));
                    String answer = new String(tls.getInputStream().readAllBytes(), ISO_8859_1);
                    assertThat(answer).contains("\"clientAddress\":\"192.0.2.2\"");
                    assertThat(tls.getSession().getPeerPrincipal().getName()).isEqualTo("CN=" + host);
                }
            }
        }
    }

    @Test
    void http2OverTlsServesFilesAndRanges() throws Exception {
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(trustingFixture())
                .version(HttpClient.Version.HTTP_2)
                .build()) {
            URI uri = URI.create("https://127.0.0.1:" + tlsPort + "/large.bin");
            HttpResponse<byte[]> whole =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(whole.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(whole.body()).isEqualTo(SiteFixture.LARGE);
            HttpResponse<byte[]> part = client.send(
                    HttpRequest.newBuilder(uri)
                            .header("Range", "bytes=70000-250000")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).isEqualTo(Arrays.copyOfRange(SiteFixture.LARGE, 70_000, 250_001));
            HttpResponse<byte[]> big = client.send(
                    HttpRequest.newBuilder(uri.resolve("/big/9")).build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(big.body()).hasSize(9 << 20);
        }
    }

    @Test
    void http1OverTlsServesFiles() throws Exception {
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(trustingFixture())
                .version(HttpClient.Version.HTTP_1_1)
                .build()) {
            URI uri = URI.create("https://127.0.0.1:" + tlsPort + "/large.bin");
            HttpResponse<byte[]> whole =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
            assertThat(whole.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            assertThat(whole.body()).isEqualTo(SiteFixture.LARGE);
        }
    }

    private static SSLContext trustingFixture() throws Exception {
        java.security.KeyStore store =
                java.security.KeyStore.getInstance(SiteFixture.keyStore().toFile(), SiteFixture.PASSWORD.toCharArray());
        java.security.KeyStore trusted = java.security.KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (String alias : java.util.Collections.list(store.aliases())) {
            trusted.setCertificateEntry(alias, store.getCertificate(alias));
        }
        javax.net.ssl.TrustManagerFactory factory = javax.net.ssl.TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    @Test
    void aRequestOfHttp10WithoutHostGetsTheDefaultSite() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send("GET / HTTP/1.0\r\n\r\n").readToEnd()).endsWith("<h1>b</h1>\n");
        }
    }

    @Test
    void aRequestOfHttp11NeedsExactlyOneHost() {
        for (String fields : List.of("", "Host: a.test\r\nHost: b.test\r\n", "Host: a/b\r\n", "Host: \r\n")) {
            try (RawConnection direct = direct()) {
                assertThat(direct.send("GET / HTTP/1.1\r\n" + fields + "Connection: close\r\n\r\n")
                                .readToEnd())
                        .as(fields)
                        .startsWith("HTTP/1.1 400 ");
            }
        }
    }

    @Test
    void theAbsoluteFormNamesTheHost() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send("GET http://b.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
                            .readToEnd())
                    .endsWith("<h1>b</h1>\n");
        }
    }

    @Test
    void theAuthorityOfATargetEndsWhereItsPathOrQueryBegins() {
        for (String request : List.of(
                "GET http://b.test?x=/a HTTP/1.1\r\nHost: a.test\r\n",
                "GET HTTPS://b.test:443 HTTP/1.1\r\nHost: a.test\r\n",
                "GET http://b.test/ HTTP/1.0\r\n")) {
            assertThat(answer(request)).as(request).contains(" 200 OK\r\n").endsWith("<h1>b</h1>\n");
        }
    }

    /** The URL standard encodes less in a query than RFC 3986 asks for. */
    @Test
    void whatBrowsersLeaveAsItIsInAQueryIsTaken() {
        assertThat(answer("GET /docs/page.txt?a={1}|[2]^`\\ HTTP/1.1\r\nHost: a.test\r\n"))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("0123456789");
        assertThat(answer("GET /docs?a=| HTTP/1.1\r\nHost: a.test\r\n"))
                .startsWith("HTTP/1.1 301 ")
                .contains("location: /docs/?a=|\r\n");
    }

    @Test
    void aTargetThatIsNoPathOrWebAddressIsRefused() {
        for (String target : List.of(
                "index.html", "x?://b.test/", "ftp://b.test/", "http://u@b.test/", "*", "/docs?\0", "/docs?\u00e9")) {
            assertThat(answer("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n"))
                    .as(target)
                    .startsWith("HTTP/1.1 400 ");
        }
        assertThat(answer("GET http://b.test/ HTTP/1.1\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    @Timeout(60)
    void whatIsNotAboutAPathIsAnsweredAndCountedToo() throws IOException {
        double before = requests("a.test", 405);
        assertThat(answer("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n"))
                .startsWith("HTTP/1.1 405 ")
                .contains("allow: GET, HEAD, OPTIONS\r\n");
        awaitRequests("a.test", 405, before + 1);
        assertThat(answer("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n"))
                .startsWith("HTTP/1.1 204 ")
                .contains("allow: GET, HEAD, OPTIONS\r\n");
    }

    @Test
    @Timeout(60)
    void aHostWithAPortThatIsNoneIsRefusedAndCounted() throws IOException {
        double before = requests("unknown", 400);
        assertThat(answer("GET / HTTP/1.1\r\nHost: a.test:65536\r\n"))
                .startsWith("HTTP/1.1 400 ")
                .endsWith("\r\n\r\n400 Bad Request\n");
        awaitRequests("unknown", 400, before + 1);
    }

    @Test
    void aVersionThatIsNotServedIsRefusedAtOnce() {
        for (String version : List.of("HTTP/1.2", "HTTP/3.0")) {
            try (RawConnection direct = direct()) {
                assertThat(direct.send("GET / " + version + "\r\nHost: a.test\r\n\r\n")
                                .readToEnd())
                        .as(version)
                        .contains(" 505 HTTP Version Not Supported\r\n")
                        .endsWith("\r\n\r\n505 HTTP Version Not Supported\n");
            }
        }
    }

    @Test
    void aFileThatBecomesShorterWhileItIsSentEndsTheConnection() throws IOException {
        Path file = SiteFixture.sites().resolve("a.test/shrinking.bin");
        try (FileChannel shrinking = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                RawConnection direct = direct()) {
            shrinking.write(ByteBuffer.allocate(1), (64 << 20) - 1);
            direct.send("GET /shrinking.bin HTTP/1.1\r\nHost: a.test\r\n\r\n").readUntil("\r\n\r\n");
            shrinking.truncate(1);
            assertThat(direct.readToEnd().length()).isLessThan(64 << 20);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private String answer(String lineAndFields) {
        try (RawConnection direct = direct()) {
            return direct.send(lineAndFields + "Connection: close\r\n\r\n").readToEnd();
        }
    }

    /** A client may have its answer, and its end, before the request is counted. */
    private static void awaitRequests(String host, int status, double count) throws IOException {
        while (requests(host, status) < count) {
            Thread.onSpinWait();
        }
    }

    private static double requests(String host, int status) throws IOException {
        Matcher line = Pattern.compile(
                        "steamgate_session_requests_total\\{host=\"" + host + "\",status=\"" + status + "\"} (\\S+)")
                .matcher(management("/q/metrics"));
        return line.find() ? Double.parseDouble(line.group(1)) : 0;
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() {
        try (RawConnection direct = direct()) {
            String both = direct.send("GET /docs/page.txt HTTP/1.1\r\nHost: a.test\r\n\r\n"
                            + "GET /large.bin HTTP/1.1\r\nHost: a.test\r\nRange: bytes=0-0\r\n\r\n" + WHOAMI)
                    .readToEnd();
            assertThat(both).containsSubsequence("\r\n\r\n0123456789HTTP/1.1 206 ", "HTTP/1.1 200 OK", "site-a");
        }
    }

    @Test
    void aBodyInChunksIsDigested() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send("POST /x/echo HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n"
                                    + "Connection: close\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
                            .readToEnd())
                    .contains("\"length\":5")
                    .contains("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        }
    }

    @Test
    void aClientThatWaitsIsToldToContinue() {
        try (RawConnection direct = direct()) {
            direct.send("POST /echo HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
                    + "Connection: close\r\n\r\n");
            assertThat(direct.readUntil("\r\n\r\n")).startsWith("HTTP/1.1 100 Continue\r\n");
            assertThat(direct.send("hello").readToEnd()).startsWith("HTTP/1.1 200 OK\r\n");
        }
    }

    @Test
    void aClientThatWaitsForNothingIsToldSoAndLeft() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send(
                                    "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                            .readToEnd())
                    .startsWith("HTTP/1.1 405 ")
                    .contains("connection: close");
        }
    }

    @Test
    void aSlowHeadIsCutOff() throws IOException {
        double before = connections("refused-slow-head");
        try (RawConnection direct = direct()) {
            direct.send("GET /docs/page.txt HTTP/1.1\r\nHost: a.test\r\n\r\n");
            direct.readUntil("0123456789");
            assertThat(direct.send("G").readToEnd()).isEmpty();
        }
        assertThat(connections("refused-slow-head")).isEqualTo(before + 1);
    }

    @Test
    void anOversizedHeadIsRefused() {
        try (RawConnection direct = direct()) {
            assertThat(direct.send("GET / HTTP/1.1\r\nHost: a.test\r\nX: " + "x".repeat(20_000) + "\r\n\r\n")
                            .readToEnd())
                    .startsWith("HTTP/1.1 431 ");
        }
        try (RawConnection direct = direct()) {
            assertThat(direct.send("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: a.test\r\n\r\n")
                            .readToEnd())
                    .matches("(?s)HTTP/1.[01] 414 .*");
        }
    }

    @Test
    void whatIsNoHttpIsRefused() {
        for (String bytes : List.of(
                "NO SUCH LINE AT ALL\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: -1\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
                "POST /echo HTTP/1.0\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : a.test\r\n\r\n")) {
            try (RawConnection direct = direct()) {
                assertThat(direct.send(bytes).readToEnd()).as(bytes).matches("(?s)HTTP/1.[01] 400 .*");
            }
        }
    }

    @Test
    void metricsNameSitesOnly() throws IOException {
        try (RawConnection direct = direct()) {
            direct.send("GET / HTTP/1.1\r\nHost: made-up.test\r\nConnection: close\r\n\r\n")
                    .readToEnd();
        }
        String text = management("/q/metrics");
        assertThat(text)
                .contains("steamgate_session_requests_total{host=\"unknown\",status=\"421\"}")
                .doesNotContain("made-up");
    }

    @Test
    void healthTellsOfSitesAndPorts() throws IOException {
        assertThat(management("/q/health/live")).contains("\"status\": \"UP\"");
        assertThat(management("/q/health/ready"))
                .contains("\"status\": \"UP\"", "\"directory-readable\": true", "\"ports-watched\": true");
    }
}
