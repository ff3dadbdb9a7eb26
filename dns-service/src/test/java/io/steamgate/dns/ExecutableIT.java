package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.state.ClusterState;
import io.steamgate.state.Packaged;
import io.steamgate.state.Within;
import io.steamgate.state.badday.SecuredServer;
import io.steamgate.state.store.Blob;
import io.steamgate.state.store.Cluster;
import io.steamgate.state.store.DnsAnswer;
import io.steamgate.state.store.DnsQuestion;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** The packaged service, jar or native executable, in each of its roles, with servers on loopback. */
@Timeout(180)
class ExecutableIT {
    private static final String PORT = Integer.toString(Packaged.freePort());
    private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", Integer.parseInt(PORT));

    @TempDir
    Path directory;

    private Packaged service(Map<String, String> settings) throws IOException {
        Map<String, String> all = new HashMap<>(settings);
        all.put("steamgate.dns.listen", "127.0.0.1:" + PORT);
        return new Packaged(Files.createTempDirectory(directory, "service"), all);
    }

    private static List<String> answers(String name) {
        return Ask.data(Ask.udp(ADDRESS, name, Type.A), Section.ANSWER);
    }

    @Test
    void zonesAreAnsweredOverTlsAndHttpsToo() throws Exception {
        Path zones = Files.createDirectory(directory.resolve("zones"));
        Files.writeString(zones.resolve("example.test.zone"), DnsFixture.ZONE);
        String tls = Integer.toString(Packaged.freePort());
        String https = Integer.toString(Packaged.freePort());
        try (Packaged service = service(Map.of(
                "steamgate.dns.zones.directory",
                zones.toString(),
                "steamgate.dns.tls.listen",
                "127.0.0.1:" + tls,
                "steamgate.dns.https.listen",
                "127.0.0.1:" + https,
                "quarkus.tls.dns.key-store.p12.path",
                SecureFixture.keyStore().toAbsolutePath().toString(),
                "quarkus.tls.dns.key-store.p12.password",
                SecureFixture.PASSWORD))) {
            service.awaitReady();
            assertThat(kdig("-p", tls, "+tls-ca=" + SecureFixture.certificate()))
                    .contains("TLS session (TLS1.3)", "192.0.2.1");
            assertThat(kdig("-p", https, "+https", "+tls-ca=" + SecureFixture.certificate()))
                    .contains("HTTP session (HTTP/2-POST)", "192.0.2.1");
        }
    }

    private static String kdig(String... options) {
        List<String> command = new java.util.ArrayList<>(List.of("kdig", "@127.0.0.1", "+tls-hostname=dns.test"));
        command.addAll(List.of(options));
        command.add("ns.example.test");
        return Peer.run(command);
    }

    @Test
    void answersFromTheRootOnAreValidated() throws Exception {
        SignedZone root = SignedZone.by(directory, ".", """
                $TTL 3600
                @ SOA ns.root. host.root. 1 7200 3600 1209600 300
                @ NS ns.root.
                ns.root. A 127.0.2.9
                www.signed. A 192.0.2.80
                www.bogus. A 192.0.2.70
                """);
        Path hints = Files.writeString(directory.resolve("hints"), ". 3600 NS ns.root.\nns.root. 3600 A 127.0.2.9\n");
        Path anchors = Files.writeString(directory.resolve("anchors"), root.ds());
        int port = Packaged.freePort();
        // Whoever changes an address does not have the key.
        Map<String, String> zones = Map.of(".", root.text().replace("192.0.2.70", "203.0.113.66"));
        try (Peer nsd = Peer.nsd(Files.createDirectory(directory.resolve("nsd")), "127.0.2.9", port, zones);
                Packaged service = service(Map.of(
                        "steamgate.dns.iterate.port", Integer.toString(port),
                        "steamgate.dns.iterate.root-hints", hints.toString(),
                        "steamgate.dns.iterate.trust-anchors", anchors.toString()))) {
            service.awaitReady();
            Message signed = Ask.udp(ADDRESS, Ask.edns("www.signed.", Type.A, 1232, true));
            assertThat(Ask.data(signed, Section.ANSWER)).contains("A 192.0.2.80");
            assertThat(signed.getHeader().getFlag(Flags.AD)).isTrue();
            Message missing = Ask.udp(ADDRESS, Ask.edns("missing.signed.", Type.A, 1232, true));
            assertThat(missing.getRcode()).isEqualTo(Rcode.NXDOMAIN);
            assertThat(missing.getHeader().getFlag(Flags.AD)).isTrue();
            assertThat(Ask.udp(ADDRESS, "www.bogus.", Type.A).getRcode()).isEqualTo(Rcode.SERVFAIL);
        }
    }

    @Test
    void whatIsForwardedIsSharedWithOtherNodesThroughAServerThatAsksForTlsAndAPassword() throws Exception {
        try (SecuredServer infinispan = new SecuredServer(directory);
                ClusterState other = infinispan.client();
                FakeServer upstream = new FakeServer(
                        (q, s) -> FakeServer.answers(q, q.getQuestion().getName() + " 60 A 192.0.2.1"))) {
            Map<String, String> settings = new HashMap<>(infinispan.settings());
            settings.put("steamgate.dns.forward.upstreams", upstream.address());
            settings.put("steamgate.dns.cluster.domain", "neonics.test");
            settings.put("steamgate.dns.cluster.id", "here");
            settings.put("steamgate.dns.cluster.key", "clusters");
            settings.put("steamgate.dns.keys.clusters.secret", MaintainTest.SECRET);
            settings.put("steamgate.dns.cluster.address", "127.0.0.1");
            settings.put("steamgate.dns.cluster.interval", "100ms");
            try (Packaged service = service(settings)) {
                service.await("/q/health/ready", "\"available\": true");

                assertThat(answers("www.example.")).containsExactly("A 192.0.2.1");
                DnsQuestion question = new DnsQuestion("www.example.", 1, 1, false, false);
                assertThat(Within.within(
                                Duration.ofSeconds(20),
                                () -> other.dnsCache()
                                        .get(question)
                                        .join()
                                        .found()
                                        .isPresent()))
                        .as("the service has put its answer there")
                        .isTrue();

                // A node waits for the shared state for a moment only, which is at times too short on a busy machine.
                AtomicInteger asked = new AtomicInteger();
                assertThat(Within.within(Duration.ofSeconds(60), () -> {
                            String name = "n" + asked.incrementAndGet() + ".example.";
                            put(other, name, "192.0.2.99");
                            return answers(name).equals(List.of("A 192.0.2.99"));
                        }))
                        .as("it answers what another node has put there, and not what the upstream says")
                        .isTrue();

                // Nobody answers there; it is listed until it has been silent for long enough.
                assertThat(other.clusters()
                                .put(new Cluster("there", "127.0.0.99", Instant.now(), 0.5))
                                .join()
                                .done())
                        .isTrue();
                service.await("/clusters", "127.0.0.99");
                assertThat(service.management("/q/metrics"))
                        .containsPattern("steamgate_state_[a-z_]+\\{.*cache=\"dns-cache\"");
            }
        }
    }

    private static void put(ClusterState state, String name, String address) {
        byte[] message = FakeServer.answers(Ask.query(name, Type.A), name + " 60 A " + address)
                .getFirst();
        Instant now = Instant.now();
        DnsAnswer answer = new DnsAnswer(Blob.of(message), now, now.plusSeconds(60), false, now.plusSeconds(60));
        assertThat(state.dnsCache()
                        .put(new DnsQuestion(name, 1, 1, false, false), answer)
                        .join()
                        .done())
                .isTrue();
    }

    @Test
    void aWrongPasswordForTheSharedStateIsAProblemThatHealthNames() throws Exception {
        try (SecuredServer infinispan = new SecuredServer(directory)) {
            Map<String, String> settings = new HashMap<>(infinispan.settings());
            settings.put("steamgate.state.password", "wrong");
            try (Packaged service = service(settings)) {
                service.await("/q/health/ready", "Invalid credentials");
            }
        }
    }

    @Test
    void anEmbeddedServerIsRefusedInOneLine() throws Exception {
        try (Packaged service = service(Map.of("steamgate.state.embedded", "true"))) {
            assertThat(service.lastWords())
                    .singleElement()
                    .asString()
                    .endsWith(
                            "steamgate.state.embedded is true, but a native executable has no embedded server; run the jar,"
                                    + " or set steamgate.state.servers");
        }
    }

    @Test
    void whatAnOperatorGotWrongEndsItWithOneLine() throws Exception {
        try (Packaged service = service(Map.of("steamgate.dns.cluster.domain", "neonics.test"))) {
            assertThat(service.lastWords())
                    .noneMatch(line -> line.startsWith("\tat "))
                    .last()
                    .asString()
                    .endsWith(
                            "steamgate.dns.cluster.id: the clusters of neonics.test need a name each; set this one's");
        }
    }
}
