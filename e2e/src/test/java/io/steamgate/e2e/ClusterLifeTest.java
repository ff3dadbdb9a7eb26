package io.steamgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three clusters with a public address each, and the world's part played by others: nsd is the registrar's server, which names the
 * first cluster only, and unbound the resolver of a client.
 */
class ClusterLifeTest {
    @RegisterExtension
    static final Lab lab = Lab.bare();

    private static final String SECRET = "dGhlIGNsdXN0ZXJzJyBrZXkgb2YgdGhpcyB0ZXN0";
    private static final Duration SOON = Duration.ofMinutes(1);

    /** Host by public address. */
    private static final Map<String, String> HOST =
            Map.of("198.51.100.1", "edge", "198.51.100.11", "site-a", "198.51.100.12", "site-b");

    @TempDir
    static Path directory;

    private static final List<Command> RUNNING = new ArrayList<>();

    @AfterAll
    static void stop() {
        RUNNING.forEach(Command::close);
    }

    private static Command run(String host, String... command) {
        Command running = lab.start(host, command);
        RUNNING.add(running);
        return running;
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The middle host joins the two segments, so that the client reaches all of the clusters. */
    private static void network() {
        lab.on("edge", "sysctl", "-qw", "net.ipv4.ip_forward=1").succeeded();
        lab.on("edge", "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=0").succeeded();
        lab.on("edge", "ip", "addr", "replace", "198.51.100.1/24", "dev", "lan0")
                .succeeded();
        lab.on("edge", "ip", "addr", "replace", "192.0.2.1/24", "dev", "wan0").succeeded();
        lab.on("client", "ip", "route", "replace", "198.51.100.0/24", "via", "192.0.2.1")
                .succeeded();
    }

    private static void world() {
        Path folder = directory.resolve("world");
        write(folder.resolve("neonics.test.zone"), """
                $TTL 3600
                @ SOA registrar host 1 7200 3600 1209600 60
                @ NS registrar
                registrar A 127.0.0.1
                cloudns 5 A 198.51.100.1
                steam 5 NS cloudns
                cloud 5 NS steam
                www CNAME cloud
                """);
        write(folder.resolve("nsd.conf"), """
                server:
                  ip-address: 127.0.0.1@5301
                  server-count: 1
                  username: ""
                  zonesdir: "%1$s"
                  pidfile: ""
                  database: ""
                  zonelistfile: "%1$s/zonelist"
                  xfrdfile: "%1$s/xfrd"
                  xfrdir: "%1$s"
                remote-control:
                  control-enable: no
                zone:
                  name: neonics.test
                  zonefile: neonics.test.zone
                """.formatted(folder));
        write(folder.resolve("unbound.conf"), """
                server:
                  interface: 127.0.0.1
                  chroot: ""
                  username: ""
                  directory: "%s"
                  pidfile: ""
                  use-syslog: no
                  do-ip6: no
                  module-config: "iterator"
                  do-not-query-localhost: no
                  infra-host-ttl: 5
                  local-zone: "test." nodefault
                remote-control:
                  control-enable: no
                stub-zone:
                  name: "neonics.test."
                  stub-addr: 127.0.0.1@5301
                """.formatted(folder));
        run("client", "nsd", "-d", "-c", folder.resolve("nsd.conf").toString());
        run("client", "unbound", "-d", "-c", folder.resolve("unbound.conf").toString());
    }

    private static Command cluster(String id, String address, String peer) {
        Path folder = directory.resolve(id);
        write(folder.resolve("config/application.properties"), """
                steamgate.dns.listen=%2$s:53
                steamgate.dns.threads=1
                steamgate.dns.iterate.enabled=false
                steamgate.dns.keys.clusters.secret=%3$s
                steamgate.dns.cluster.domain=neonics.test
                steamgate.dns.cluster.id=%1$s
                steamgate.dns.cluster.key=clusters
                steamgate.dns.cluster.address=%2$s
                steamgate.dns.cluster.interval=500ms
                steamgate.dns.cluster.silence=3s
                steamgate.dns.cluster.address-ttl=1s
                steamgate.dns.cluster.state=%4$s
                quarkus.management.host=127.0.0.1
                %5$s
                """.formatted(
                        id,
                        address,
                        SECRET,
                        folder.resolve("state"),
                        peer.isEmpty() ? "" : "steamgate.dns.cluster.peers=" + peer));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String jar = Lab.root()
                .resolve("dns-service/target/quarkus-app/quarkus-run.jar")
                .toString();
        return run(
                HOST.getOrDefault(address, "client"),
                "sh",
                "-c",
                "cd '%s' && exec '%s' -Xmx128m -XX:+UseSerialGC --enable-native-access=ALL-UNNAMED -jar '%s' >>log 2>&1"
                        .formatted(folder, java, jar));
    }

    /** The addresses that somebody answers a name with, in the order of numbers. */
    private static TreeSet<String> addresses(String server, String name) {
        Outcome dig = lab.on("client", "dig", "+time=2", "+tries=1", "+short", "@" + server, name, "A");
        TreeSet<String> found = new TreeSet<>();
        dig.out().lines().filter(line -> line.matches("[0-9.]+")).forEach(found::add);
        return found;
    }

    private static void eventually(String what, String server, String name, String... addresses) {
        Lab.eventually(what, SOON, () -> addresses(server, name).equals(new TreeSet<>(List.of(addresses))));
    }

    @Test
    void clusters_come_and_go_and_the_names_go_on_resolving() {
        String one = "198.51.100.1";
        String two = "198.51.100.11";
        String three = "198.51.100.12";
        network();
        world();
        Command first = cluster("one", one, "");
        eventually("the world finds the first through the registrar", "127.0.0.1", "www.neonics.test", one);

        cluster("two", two, one);
        eventually("the first lists the second", one, "cloud.neonics.test", one, two);
        eventually("and so does the second", two, "cloud.neonics.test", one, two);
        eventually("the world sees both", "127.0.0.1", "www.neonics.test", one, two);

        cluster("three", three, two);
        eventually("the first has heard of the third", one, "cloud.neonics.test", one, two, three);
        eventually("the world sees all", "127.0.0.1", "cloud.neonics.test", one, two, three);

        first.close();
        RUNNING.remove(first);
        eventually("the others drop the first", two, "cloud.neonics.test", two, three);
        eventually("each of them", three, "steam.neonics.test", two, three);
        // The registrar names the first alone all the while.
        eventually(
                "the world still finds the names, by the servers that it knows",
                "127.0.0.1",
                "www.neonics.test",
                two,
                three);

        cluster("one", one, "");
        eventually("the first is listed again", two, "cloud.neonics.test", one, two, three);
        eventually("and remembers the others", one, "cloud.neonics.test", one, two, three);
        eventually("the world sees all again", "127.0.0.1", "www.neonics.test", one, two, three);
        assertThat(addresses(one, "cloud.neonics.test")).isEqualTo(addresses(three, "cloud.neonics.test"));
    }
}
