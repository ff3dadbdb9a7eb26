package io.steamgate.dns;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The two walks from the registrar to the clusters, query by query: {@code cloud} through {@code steam}, and {@code cloud} at once.
 * The registrar is nsd; two clusters are listed.
 */
class ResolutionWalkTest {
    private static final String TOP = """
            $TTL 3600
            @ SOA registrar host 1 7200 3600 1209600 300
            @ NS registrar
            registrar A 127.0.0.1
            cloudns A 127.0.0.71
            """;

    @TempDir
    Path directory;

    private final int port = TestServer.freePort();

    private TestServer cluster(int number, String peers) {
        Map<String, String> settings = new HashMap<>();
        settings.put("listen", "127.0.0." + number + ":" + port);
        settings.put("cluster.domain", "neonics.test");
        settings.put("cluster.id", "c" + number);
        settings.put("cluster.key", "clusters");
        settings.put("keys.clusters.secret", MaintainTest.SECRET);
        settings.put("cluster.port", Integer.toString(port));
        settings.put("cluster.interval", "100ms");
        settings.put("cluster.state", directory.resolve("c" + number).toString());
        settings.put("cluster.address", "127.0.0." + number);
        if (!peers.isEmpty()) {
            settings.put("cluster.peers", peers);
        }
        return TestServer.real(settings);
    }

    private interface Walk {
        void from(InetSocketAddress registrar) throws Exception;
    }

    private void walk(String delegations, Walk walk) throws Exception {
        try (Peer registrar = Peer.nsd(
                        Files.createDirectory(directory.resolve("nsd")), Map.of("neonics.test", TOP + delegations));
                TestServer first = cluster(71, "");
                TestServer second = cluster(72, "127.0.0.71:" + port)) {
            for (TestServer server : List.of(first, second)) {
                long end = System.nanoTime() + 10_000_000_000L;
                while (answers(ask(server.address, "cloud", Type.A)).size() < 2) {
                    assertThat(System.nanoTime()).isLessThan(end);
                    java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
                }
            }
            walk.from(new InetSocketAddress(InetAddress.getLoopbackAddress(), registrar.port()));
        }
    }

    private static Message ask(InetSocketAddress server, String label, int type) {
        return Ask.udp(server, Ask.plain(label + ".neonics.test.", type));
    }

    private static List<String> answers(Message message) {
        return Ask.data(message, Section.ANSWER).stream().sorted().toList();
    }

    private static List<String> referral(Message message) {
        assertThat(message.getHeader().getFlag(Flags.AA)).isFalse();
        assertThat(message.getSection(Section.ANSWER)).isEmpty();
        return Ask.data(message, Section.AUTHORITY);
    }

    /** Where an answer's addresses lead, all at the port of the clusters. */
    private List<InetSocketAddress> servers(Message message) {
        return answers(message).stream()
                .map(a -> new InetSocketAddress(InetAddress.ofLiteral(a.substring(2)), port))
                .toList();
    }

    @Test
    void cloud_is_found_through_steam() throws Exception {
        walk("steam NS cloudns\ncloud NS steam\n", registrar -> {
            assertThat(referral(ask(registrar, "cloud", Type.A))).containsExactly("NS steam.neonics.test.");
            Message steamAtRegistrar = ask(registrar, "steam", Type.A);
            assertThat(referral(steamAtRegistrar)).containsExactly("NS cloudns.neonics.test.");
            Message cloudns = ask(registrar, "cloudns", Type.A);
            assertThat(answers(cloudns)).containsExactly("A 127.0.0.71");
            InetSocketAddress publicIp = servers(cloudns).getFirst();
            Message steam = ask(publicIp, "steam", Type.A);
            assertThat(steam.getHeader().getFlag(Flags.AA)).isTrue();
            assertThat(answers(steam)).containsExactly("A 127.0.0.71", "A 127.0.0.72");
            for (InetSocketAddress clusterIp : servers(steam)) {
                Message cloud = ask(clusterIp, "cloud", Type.A);
                assertThat(cloud.getHeader().getFlag(Flags.AA)).isTrue();
                assertThat(answers(cloud)).containsExactly("A 127.0.0.71", "A 127.0.0.72");
            }
        });
    }

    @Test
    void cloud_is_found_at_once() throws Exception {
        walk("cloud NS cloudns\n", registrar -> {
            Message cloudAtRegistrar = ask(registrar, "cloud", Type.A);
            assertThat(referral(cloudAtRegistrar)).containsExactly("NS cloudns.neonics.test.");
            Message cloudns = ask(registrar, "cloudns", Type.A);
            assertThat(answers(cloudns)).containsExactly("A 127.0.0.71");
            Message cloud = ask(servers(cloudns).getFirst(), "cloud", Type.A);
            assertThat(cloud.getHeader().getFlag(Flags.AA)).isTrue();
            assertThat(answers(cloud)).containsExactly("A 127.0.0.71", "A 127.0.0.72");
        });
    }

    @Test
    void the_second_cluster_answers_alike_when_the_first_is_gone() throws Exception {
        walk("cloud NS cloudns\n", registrar -> {
            InetSocketAddress second = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.72"), port);
            InetSocketAddress first = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.71"), port);
            for (int type : new int[] {Type.A, Type.NS, Type.MX}) {
                Message one = ask(first, "cloud", type);
                Message other = ask(second, "cloud", type);
                assertThat(answers(other)).isEqualTo(answers(one));
                assertThat(other.getRcode()).isEqualTo(one.getRcode());
            }
        });
    }
}
