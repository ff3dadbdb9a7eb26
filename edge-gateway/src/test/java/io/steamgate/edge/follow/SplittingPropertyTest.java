package io.steamgate.edge.follow;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.edge.Chance;
import io.steamgate.edge.Chance.Weighed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** However a stream is cut on the wire, what it says is the same. */
class SplittingPropertyTest {
    private static final HttpFraming FRAMING = new HttpFraming(2048, 4096, 16);

    @Test
    void connections_are_followed_alike_however_they_are_cut() {
        Chance.tries(
                500,
                chance -> assertCutAlike(
                        latin1(requests(chance)),
                        latin1(responses(chance)),
                        chance.random().nextLong()));
    }

    /** Most of what is fuzzed dies at its first octet; what is nearly right goes further. */
    @Test
    void connections_with_a_fault_are_followed_alike_however_they_are_cut() {
        Chance.tries(1000, chance -> {
            long seed = chance.random().nextLong();
            assertCutAlike(damaged(latin1(requests(chance)), seed), damaged(latin1(responses(chance)), ~seed), seed);
        });
    }

    @Test
    void random_octets_never_throw() {
        Chance.tries(500, chance -> {
            byte[] octets = chance.octets(3000);
            assertCutAlike(octets, octets, chance.random().nextLong());
            assertDecidedAlike(new TlsFollower(), octets);
        });
    }

    @Test
    void a_follower_stands_by_its_first_decision() {
        Chance.tries(300, chance -> {
            byte[] octets = latin1(requests(chance));
            assertDecidedAlike(
                    new HttpFollower(512),
                    chance.once(2) ? octets : damaged(octets, chance.random().nextLong()));
        });
    }

    @Test
    void a_hello_is_read_alike_however_it_is_cut() {
        Chance.tries(300, chance -> {
            byte[] hello = ClientHellos.hello(ClientHellos.sni("a.test"), ClientHellos.alpn("h2", "http/1.1"));
            byte[] records = {};
            for (int at = 0; at < hello.length; ) {
                int length = chance.between(1, Math.min(40, hello.length - at));
                records = ClientHellos.concat(records, ClientHellos.record(Arrays.copyOfRange(hello, at, at + length)));
                at += length;
            }
            assertThat(new TlsFollower().follow(Bytes.of(records), false))
                    .isInstanceOfSatisfying(
                            Decision.Route.class,
                            route -> assertThat(route.key().host()).contains("a.test"));
            assertDecidedAlike(new TlsFollower(), records);
            assertDecidedAlike(
                    new TlsFollower(), damaged(records, chance.random().nextLong()));
        });
    }

    private static String requests(Chance chance) {
        return String.join("", chance.list(1, 6, () -> {
            String line = chance.of(
                    "GET / HTTP/1.1",
                    "HEAD /a/b?c HTTP/1.1",
                    "GET /shared/x HTTP/1.1",
                    "OPTIONS * HTTP/1.1",
                    "GET http://b.test/x HTTP/1.1",
                    "\r\nDELETE / HTTP/1.1");
            String fields = String.join(
                    "",
                    chance.list(
                            0,
                            4,
                            () -> chance.of(
                                            "X: y",
                                            "Cookie: a=b; c=d",
                                            "If-None-Match: \"x\", W/\"y\"",
                                            "Connection: keep-alive",
                                            "X:" + "z".repeat(200))
                                    + "\r\n"));
            String body = chance.weighed(List.of(
                    new Weighed<>(5, () -> "\r\n"),
                    new Weighed<>(3, () -> {
                        String text = text(chance, 0);
                        return "Content-Length: " + text.length() + "\r\n\r\n" + text;
                    }),
                    new Weighed<>(3, () -> "Transfer-Encoding: chunked\r\n\r\n" + chunks(chance)),
                    new Weighed<>(
                            1,
                            () -> chance.of(
                                    "Connection: close\r\n\r\n", "Connection: upgrade\r\nUpgrade: x\r\n\r\n"))));
            return line + "\r\nHost: A.test:80\r\n" + fields + body;
        }));
    }

    private static String responses(Chance chance) {
        return String.join(
                "",
                chance.list(
                        0,
                        8,
                        () -> chance.weighed(List.of(
                                new Weighed<>(6, () -> {
                                    String text = text(chance, 0);
                                    return "HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text;
                                }),
                                new Weighed<>(
                                        4,
                                        () -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks(chance)),
                                new Weighed<>(
                                        3,
                                        () -> chance.of(
                                                "HTTP/1.1 100 Continue\r\n\r\n",
                                                "HTTP/1.1 103 Early Hints\nLink: x\n\n",
                                                "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
                                                "HTTP/1.1 204 No Content\r\n\r\n")),
                                new Weighed<>(
                                        1,
                                        () -> chance.of(
                                                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                                                "HTTP/1.1 200 OK\r\n\r\n",
                                                "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                                                "HTTP and no more"))))));
    }

    private static String text(Chance chance, int least) {
        byte[] octets = chance.octets(100);
        return octets.length < least ? "x" : new String(octets, StandardCharsets.ISO_8859_1);
    }

    private static String chunks(Chance chance) {
        String chunks = String.join("", chance.list(0, 3, () -> {
            String text = text(chance, 1);
            return Integer.toHexString(text.length()) + ";x=y\r\n" + text + "\r\n";
        }));
        return chunks + chance.of("0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n");
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
