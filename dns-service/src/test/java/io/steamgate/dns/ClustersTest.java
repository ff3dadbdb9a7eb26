package io.steamgate.dns;

import static io.steamgate.dns.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/** Clusters, each at a loopback address of its own and all at one port, as the world has them at 53. */
class ClustersTest {
    @TempDir
    Path directory;

    private final int port = TestServer.freePort();
    private final List<TestServer> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(TestServer::close);
    }

    private TestServer cluster(int number, Map<String, String> more) {
        Map<String, String> settings = new HashMap<>();
        settings.put("listen", "127.0.0." + number + ":" + port);
        settings.put("cluster.domain", "neonics.test");
        settings.put("cluster.id", "c" + number);
        settings.put("cluster.key", "clusters");
        settings.put("keys.clusters.secret", MaintainTest.SECRET);
        settings.put("cluster.port", Integer.toString(port));
        settings.put("cluster.interval", "100ms");
        settings.put("cluster.silence", "1s");
        settings.put("cluster.state", directory.resolve("c" + number).toString());
        settings.put("cluster.address", "127.0.0." + number);
        settings.putAll(more);
        settings.values().removeIf(String::isEmpty);
        TestServer server = TestServer.real(settings);
        started.add(server);
        return server;
    }

    private void end(TestServer cluster) {
        started.remove(cluster);
        cluster.close();
    }

    private String peer(int number) {
        return "127.0.0." + number + ":" + port;
    }

    private static List<String> answers(TestServer server, String name, int type) {
        return Ask.data(Ask.udp(server.address, name, type), Section.ANSWER).stream()
                .sorted()
                .toList();
    }

    private static List<String> listed(TestServer server) {
        return answers(server, "cloud.neonics.test.", Type.A);
    }

    private static long turns(TestServer server) {
        return server.server.clusters().orElseThrow().turns();
    }

    @Test
    void the_first_is_alone_the_second_registers_a_third_is_found_through_the_second_one_dies_and_returns() {
        TestServer one = cluster(11, Map.of());
        eventually("the first lists itself", () -> listed(one).equals(List.of("A 127.0.0.11")));
        assertThat(Ask.udp(one.address, "ns-c11.cloud.neonics.test.", Type.A)
                        .getSection(Section.ANSWER)
                        .getFirst()
                        .getTTL())
                .as("who is alone may change its address")
                .isEqualTo(30);
        TestServer two = cluster(12, Map.of("cluster.peers", peer(11)));
        List<String> both = List.of("A 127.0.0.11", "A 127.0.0.12");
        eventually(
                "both list both", () -> listed(one).equals(both) && listed(two).equals(both));
        TestServer three = cluster(13, Map.of("cluster.peers", peer(12)));
        List<String> all = List.of("A 127.0.0.11", "A 127.0.0.12", "A 127.0.0.13");
        eventually(
                "all list all",
                () -> List.of(one, two, three).stream().allMatch(c -> listed(c).equals(all)));
        assertThat(answers(three, "steam.neonics.test.", Type.A)).isEqualTo(all);
        assertThat(answers(three, "cloud.neonics.test.", Type.NS))
                .containsExactly(
                        "NS ns-c11.cloud.neonics.test.",
                        "NS ns-c12.cloud.neonics.test.",
                        "NS ns-c13.cloud.neonics.test.");
        assertThat(answers(three, "ns-c11.cloud.neonics.test.", Type.A)).containsExactly("A 127.0.0.11");

        Message answer = Ask.udp(three.address, "cloud.neonics.test.", Type.A);
        assertThat(answer.getSection(Section.AUTHORITY))
                .as("every answer tells the servers, for whom the parent zone sends to a dead one later")
                .hasSize(3)
                .allSatisfy(server -> assertThat(server.getTTL()).isEqualTo(86_400));
        assertThat(answer.getSection(Section.ADDITIONAL).stream().filter(r -> r.getType() == Type.A))
                .hasSize(3)
                .allSatisfy(glue -> assertThat(glue.getTTL()).isEqualTo(3600));

        assertThat(Ask.udp(three.address, "steam.neonics.test.", Type.A).getSection(Section.ANSWER))
                .as("by this name the parent zone delegates")
                .allSatisfy(address -> assertThat(address.getTTL()).isEqualTo(3600));
        assertThat(answer.getSection(Section.ANSWER))
                .allSatisfy(address -> assertThat(address.getTTL()).isEqualTo(30));

        end(one);
        List<String> left = List.of("A 127.0.0.12", "A 127.0.0.13");
        eventually(
                "the others drop the first",
                () -> listed(two).equals(left) && listed(three).equals(left));
        TestServer again = cluster(11, Map.of());
        eventually(
                "the first is listed again and remembers the others",
                () -> List.of(again, two, three).stream()
                        .allMatch(c -> listed(c).equals(all)));
    }

    @Test
    void addresses_live_shortly_and_authority_long() {
        TestServer one = cluster(21, Map.of());
        eventually("it is there", () -> listed(one).size() == 1);
        Message address = Ask.udp(one.address, "cloud.neonics.test.", Type.A);
        assertThat(address.getSection(Section.ANSWER).getFirst().getTTL()).isEqualTo(30);
        assertThat(Ask.udp(one.address, "cloud.neonics.test.", Type.NS)
                        .getSection(Section.ANSWER)
                        .getFirst()
                        .getTTL())
                .isEqualTo(86400);
        assertThat(Ask.udp(one.address, "no.cloud.neonics.test.", Type.A).getRcode())
                .isEqualTo(Rcode.NXDOMAIN);
    }

    @Test
    void an_answer_tells_the_name_servers_and_where_they_are_unless_it_shall_be_minimal() {
        TestServer one = cluster(25, Map.of());
        eventually("it is there", () -> listed(one).size() == 1);
        Message answer = Ask.udp(one.address, "cloud.neonics.test.", Type.A);
        assertThat(Ask.data(answer, Section.AUTHORITY)).containsExactly("NS ns-c25.cloud.neonics.test.");
        assertThat(answer.getSection(Section.AUTHORITY).getFirst().getTTL()).isEqualTo(86400);
        assertThat(Ask.data(answer, Section.ADDITIONAL)).contains("A 127.0.0.25");
        Message servers = Ask.udp(one.address, "cloud.neonics.test.", Type.NS);
        assertThat(servers.getSection(Section.AUTHORITY)).isEmpty();
        TestServer minimal = cluster(26, Map.of("cluster.minimal-responses", "true"));
        eventually("it is there too", () -> listed(minimal).size() == 1);
        assertThat(Ask.udp(minimal.address, "cloud.neonics.test.", Type.A).getSection(Section.AUTHORITY))
                .isEmpty();
    }

    @Test
    void whoever_asks_for_the_echo_name_gets_its_own_address() {
        TestServer one = cluster(31, Map.of());
        assertThat(answers(one, "myaddr.cloud.neonics.test.", Type.A)).containsExactly("A 127.0.0.1");
        assertThat(answers(one, "MYADDR.cloud.neonics.test.", Type.AAAA)).isEmpty();
    }

    @Test
    void a_cluster_learns_its_address_from_two_that_agree_keeps_it_and_starts_with_nobody_to_ask() throws Exception {
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/", exchange -> {
            byte[] body = "127.0.0.41\n".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        web.start();
        try (FakeServer echo = new FakeServer(
                        (q, s) -> FakeServer.answers(q, q.getQuestion().getName() + " 0 A 127.0.0.41"));
                FakeServer liar = new FakeServer(
                        (q, s) -> FakeServer.answers(q, q.getQuestion().getName() + " 0 A 203.0.113.66"))) {
            Map<String, String> sources = Map.of(
                    "cluster.address",
                    "",
                    "cluster.address-sources",
                    "dns://" + liar.address() + "/whoami.test,dns://" + echo.address()
                            + "/whoami.test,http://127.0.0.1:"
                            + web.getAddress().getPort() + "/ip");
            TestServer one = cluster(41, sources);
            eventually("it knows its address", () -> listed(one).equals(List.of("A 127.0.0.41")));
            assertThat(Files.readString(directory.resolve("c41/public-address")).strip())
                    .isEqualTo("127.0.0.41");
            end(one);
        } finally {
            web.stop(0);
        }
        TestServer alone = cluster(41, Map.of("cluster.address", ""));
        eventually("it remembers its address", () -> listed(alone).equals(List.of("A 127.0.0.41")));
    }

    @Test
    void a_cluster_that_does_not_know_where_it_is_answers_for_nothing() {
        TestServer lost = cluster(51, Map.of("cluster.address", ""));
        assertThat(Ask.udp(lost.address, "cloud.neonics.test.", Type.A).getRcode())
                .isEqualTo(Rcode.REFUSED);
    }

    @Test
    void nobody_is_listed_who_does_not_answer_for_itself_or_signs_with_another_key() throws IOException {
        TestServer one = cluster(61, Map.of());
        eventually("it is there", () -> listed(one).size() == 1);
        TestServer stranger = cluster(
                62, Map.of("cluster.peers", peer(61), "keys.clusters.secret", "YW5vdGhlci1zZWNyZXQtMDEyMzQ1Njc4OQ=="));
        Update forged = new Update(Name.fromConstantString("cloud.neonics.test."));
        forged.add(Name.fromConstantString("ns-evil.cloud.neonics.test."), Type.A, 60, "127.0.0.63");
        SimpleResolver resolver = new SimpleResolver(one.address);
        assertThat(resolver.send(forged).getRcode()).isEqualTo(Rcode.REFUSED);
        resolver.setTSIGKey(new TSIG(TSIG.HMAC_SHA256, "clusters.", MaintainTest.SECRET));
        Message taken = resolver.send(forged);
        assertThat(taken.getRcode()).as("signed, so it may ask").isEqualTo(Rcode.NOERROR);
        Update other = new Update(Name.fromConstantString("cloud.neonics.test."));
        other.add(Name.fromConstantString("cloud.neonics.test."), Type.A, 60, "127.0.0.63");
        assertThat(resolver.send(other).getRcode())
                .as("the list is not written")
                .isEqualTo(Rcode.REFUSED);

        eventually("the stranger lists itself", () -> listed(stranger).size() == 1);
        // Turns are counted, so that each has looked for the other several times since.
        long turns = turns(one) + turns(stranger);
        eventually("turns pass", () -> turns(one) + turns(stranger) > turns + 10);
        assertThat(listed(one)).containsExactly("A 127.0.0.61");
    }
}
