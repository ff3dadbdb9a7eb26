package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

/** However a stream is cut on the wire, what it says is the same. */
class SplittingPropertyTest {
    private static final HttpFraming FRAMING = new HttpFraming(2048, 4096, 16);

    @Property(tries = 500)
    void connections_are_followed_alike_however_they_are_cut(
            @ForAll("requests") String requests, @ForAll("responses") String responses, @ForAll long seed) {
        assertCutAlike(latin1(requests), latin1(responses), seed);
    }

    /** Most of what is fuzzed dies at its first octet; what is nearly right goes further. */
    @Property(tries = 1000)
    void connections_with_a_fault_are_followed_alike_however_they_are_cut(
            @ForAll("requests") String requests, @ForAll("responses") String responses, @ForAll long seed) {
        assertCutAlike(damaged(latin1(requests), seed), damaged(latin1(responses), ~seed), seed);
    }

    @Property(tries = 500)
    void random_octets_never_throw(@ForAll @Size(max = 3000) byte[] octets, @ForAll long seed) {
        assertCutAlike(octets, octets, seed);
        assertDecidedAlike(new TlsFollower(), octets);
    }

    @Property(tries = 300)
    void a_follower_stands_by_its_first_decision(@ForAll("requests") String requests, @ForAll long seed) {
        byte[] octets = seed % 2 == 0 ? latin1(requests) : damaged(latin1(requests), seed);
        assertDecidedAlike(new HttpFollower(512), octets);
    }

    @Property(tries = 300)
    void a_hello_is_read_alike_however_it_is_cut(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] hello = ClientHellos.hello(ClientHellos.sni("a.test"), ClientHellos.alpn("h2", "http/1.1"));
        byte[] records = {};
        for (int at = 0; at < hello.length; ) {
            int length = 1 + random.nextInt(Math.min(40, hello.length - at));
            records = ClientHellos.concat(records, ClientHellos.record(Arrays.copyOfRange(hello, at, at + length)));
            at += length;
        }
        assertThat(new TlsFollower().follow(Bytes.of(records), false))
                .isInstanceOfSatisfying(
                        Decision.Route.class,
                        route -> assertThat(route.key().host()).contains("a.test"));
        assertDecidedAlike(new TlsFollower(), records);
        assertDecidedAlike(new TlsFollower(), damaged(records, seed));
    }

    @Provide
    Arbitrary<String> requests() {
        Arbitrary<String> line = Arbitraries.of(
                "GET / HTTP/1.1",
                "HEAD /a/b?c HTTP/1.1",
                "GET /shared/x HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "GET http://b.test/x HTTP/1.1",
                "\r\nDELETE / HTTP/1.1");
        Arbitrary<String> fields = Arbitraries.of(
                        "X: y",
                        "Cookie: a=b; c=d",
                        "If-None-Match: \"x\", W/\"y\"",
                        "Connection: keep-alive",
                        "X:" + "z".repeat(200))
                .list()
                .ofMaxSize(4)
                .map(list -> "Host: A.test:80\r\n" + String.join("\r\n", list) + (list.isEmpty() ? "" : "\r\n"));
        Arbitrary<String> body = Arbitraries.frequencyOf(
                Tuple.of(5, Arbitraries.just("\r\n")),
                Tuple.of(3, text().map(text -> "Content-Length: " + text.length() + "\r\n\r\n" + text)),
                Tuple.of(3, chunks().map(text -> "Transfer-Encoding: chunked\r\n\r\n" + text)),
                Tuple.of(1, Arbitraries.of("Connection: close\r\n\r\n", "Connection: upgrade\r\nUpgrade: x\r\n\r\n")));
        return Combinators.combine(line, fields, body)
                .as((l, f, b) -> l + "\r\n" + f + b)
                .list()
                .ofMinSize(1)
                .ofMaxSize(6)
                .map(list -> String.join("", list));
    }

    @Provide
    Arbitrary<String> responses() {
        Arbitrary<String> message = Arbitraries.frequencyOf(
                Tuple.of(
                        6,
                        text().map(text -> "HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text)),
                Tuple.of(4, chunks().map(text -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + text)),
                Tuple.of(
                        3,
                        Arbitraries.of(
                                "HTTP/1.1 100 Continue\r\n\r\n",
                                "HTTP/1.1 103 Early Hints\nLink: x\n\n",
                                "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                                "HTTP/1.1 204 No Content\r\n\r\n")),
                Tuple.of(
                        1,
                        Arbitraries.of(
                                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                                "HTTP/1.1 200 OK\r\n\r\n",
                                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                                "HTTP and no more")));
        return message.list().ofMaxSize(8).map(list -> String.join("", list));
    }

    private static Arbitrary<String> text() {
        return Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(100);
    }

    private static Arbitrary<String> chunks() {
        return Combinators.combine(
                        text().filter(text -> !text.isEmpty())
                                .map(text -> Integer.toHexString(text.length()) + ";x=y\r\n" + text + "\r\n")
                                .list()
                                .ofMaxSize(3),
                        Arbitraries.of("0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n"))
                .as((list, end) -> String.join("", list) + end);
    }

    private static void assertCutAlike(byte[] requests, byte[] responses, long seed) {
        Random random = new Random(seed);
        List<String> whole = Transcript.of(requests, responses, FRAMING, left -> left);

        assertThat(Transcript.of(requests, responses, FRAMING, left -> 1)).isEqualTo(whole);
        assertThat(Transcript.of(requests, responses, FRAMING, left -> 1 + random.nextInt(Math.min(left, 50))))
                .isEqualTo(whole);
        assertThat(Transcript.of(requests, responses, FRAMING, left -> 1 + random.nextInt(left)))
                .isEqualTo(whole);
    }

    /** The decision at the shortest beginning that has one is that at every longer one. */
    static void assertDecidedAlike(Follower follower, byte[] octets) {
        String first = "";
        for (int length = 0; length <= octets.length; length++) {
            String decision = text(follower.follow(new Bytes(octets, 0, length), false));
            if (first.isEmpty()) {
                first = decision;
            } else {
                assertThat(decision).as("at %s octets", length).isEqualTo(first);
            }
        }
    }

    private static String text(Decision decision) {
        return switch (decision) {
            case Decision.NeedMore needMore -> "";
            case Decision.Route(RouteKey key) -> key.toString();
            case Decision.Reject(byte[] reply, String reason) -> reason + Arrays.toString(reply);
        };
    }

    private static byte[] damaged(byte[] octets, long seed) {
        if (octets.length == 0) {
            return octets;
        }
        Random random = new Random(seed);
        byte[] copy = octets.clone();
        int at = random.nextInt(copy.length);
        return switch (random.nextInt(4)) {
            case 0 -> {
                copy[at] = (byte) random.nextInt(256);
                yield copy;
            }
            case 1 -> {
                copy[at] = (byte) "\r\n :,;0\t\0".charAt(random.nextInt(9));
                yield copy;
            }
            case 2 -> {
                System.arraycopy(octets, at, copy, at == 0 ? 0 : at - 1, octets.length - at);
                yield copy;
            }
            default -> Arrays.copyOf(copy, at);
        };
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
