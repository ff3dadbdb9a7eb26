package io.steamgate.dns;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A zone in a directory of its own, and ports that are free. */
public class DnsFixture implements QuarkusTestResourceLifecycleManager {
    static final String ZONE = """
            $TTL 3600
            @ SOA ns host 1 7200 3600 1209600 300
            @ NS ns
            ns A 192.0.2.1
            """;

    private Path directory = Path.of("target");

    @Override
    public Map<String, String> start() {
        try {
            directory = Files.createTempDirectory("steamgate-dns");
            Files.writeString(directory.resolve("example.test.zone"), ZONE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> config = new HashMap<>();
        config.put("steamgate.dns.listen", "127.0.0.1:" + choose("steamgate.dns.listen"));
        config.put("steamgate.dns.zones.directory", directory.toString());
        config.put("steamgate.dns.cluster.domain", "neonics.test");
        config.put("steamgate.dns.cluster.id", "one");
        config.put("steamgate.dns.cluster.key", "clusters");
        config.put("steamgate.dns.keys.clusters.secret", MaintainTest.SECRET);
        config.put("steamgate.dns.cluster.address", "127.0.0.1");
        config.put("steamgate.dns.cluster.state", directory.resolve("state").toString());
        // Nobody is asked: it is there for its metrics.
        config.put("steamgate.dns.forward.upstreams", "127.0.0.1:9");
        config.put("steamgate.dns.secondary.zones.\"copied.test\".primaries", "127.0.0.1:9");
        config.put(
                "steamgate.dns.secondary.directory", directory.resolve("copies").toString());
        String management = choose("quarkus.management.port");
        config.put("quarkus.management.port", management);
        config.put("quarkus.management.test-port", management);
        return config;
    }

    private static String choose(String key) {
        String port = Integer.toString(TestServer.freePort());
        System.setProperty("steamgate.test." + key, port);
        return port;
    }

    static int port(String key) {
        return Integer.getInteger("steamgate.test." + key);
    }

    @Override
    public void stop() {
        try {
            Files.deleteIfExists(directory.resolve("example.test.zone"));
            Files.deleteIfExists(directory.resolve("copies"));
            Files.deleteIfExists(directory.resolve("state"));
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
