package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.cluster.ClusterNames;
import io.steamgate.dns.cluster.ClusterStore;
import io.steamgate.dns.cluster.ClusterZones;
import io.steamgate.dns.cluster.Clusters;
import io.steamgate.dns.cluster.Registration;
import io.steamgate.dns.cluster.StateFiles;
import io.steamgate.dns.maintain.Keyring;
import io.steamgate.dns.resolve.Server;
import io.steamgate.dns.wire.Names;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The list of clusters, turned by a thread of its own. */
final class ClusterUpkeep implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ClusterUpkeep.class);

    private final long interval;
    private final ClusterNames names;
    private final Clusters clusters;
    private @Nullable Thread thread;

    private ClusterUpkeep(
            DnsConfig.Cluster config,
            String domain,
            ZoneUpkeep zones,
            InstantSource clock,
            UnaryOperator<ClusterStore> stores) {
        this.interval = config.interval().toMillis();
        require(interval > 0, "interval must be more than zero");
        require(
                config.silence().compareTo(config.interval().multipliedBy(2)) >= 0,
                "silence must be at least twice the interval");
        require(config.addressTtl().toSeconds() >= 1, "address-ttl must be at least 1s");
        require(config.serverTtl().compareTo(config.addressTtl()) >= 0, "server-ttl must not be less than address-ttl");
        require(
                config.authorityTtl().compareTo(config.serverTtl()) >= 0,
                "authority-ttl must not be less than server-ttl");
        String id = config.id()
                .orElseThrow(() -> new ConfigurationException(
                        "steamgate.dns.cluster.id: the clusters of " + domain + " need a name each; set this one's"));
        Keyring.Key key = zones.key(
                "cluster.key",
                config.key()
                        .orElseThrow(() -> new ConfigurationException("steamgate.dns.cluster.key: the clusters of "
                                + domain + " sign with one key; name it and set steamgate.dns.keys.NAME.secret")));
        try {
            names = ClusterNames.of(domain, config.cloud(), config.steam());
            for (byte[] own : List.of(names.cloud(), names.steam())) {
                require(
                        !zones.copies(own),
                        "domain: " + Names.text(own)
                                + " is in secondary.zones; it cannot be copied and be the clusters' own");
            }
            StateFiles files = new StateFiles(Path.of(config.state()));
            clusters = new Clusters(
                    new Clusters.Settings(
                            id,
                            names,
                            key.secret(),
                            config.peers().orElse(List.of()).stream()
                                    .map(text -> Server.address(text, text.strip(), 53))
                                    .toList(),
                            config.port(),
                            config.silence(),
                            new ClusterZones.Ttls(config.addressTtl(), config.serverTtl(), config.authorityTtl()),
                            config.minimalResponses(),
                            config.address().map(InetAddress::ofLiteral),
                            config.addressSources().orElse(List.of())),
                    zones.zones(),
                    stores.apply(files),
                    files,
                    clock,
                    ClusterUpkeep::load);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("steamgate.dns.cluster: " + e.getMessage());
        } catch (IOException e) {
            throw new ConfigurationException("steamgate.dns.cluster.state: " + config.state()
                    + " cannot be used as a directory (" + e.getMessage() + "); name one that can be written");
        }
        zones.updates().handle(names.cloud(), new Registration(clusters, names, key.name()));
    }

    /** Empty where no domain is configured; {@code stores} makes of this node's own store the one that is used. */
    static Optional<ClusterUpkeep> of(
            DnsConfig.Cluster config, ZoneUpkeep zones, InstantSource clock, UnaryOperator<ClusterStore> stores) {
        return config.domain().map(domain -> new ClusterUpkeep(config, domain, zones, clock, stores));
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new ConfigurationException("steamgate.dns.cluster." + rule);
        }
    }

    /** Load of this machine for each of its cores, of the last minute. */
    private static double load() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return Math.clamp(system.getSystemLoadAverage() / system.getAvailableProcessors(), 0, 1);
    }

    void start() {
        thread = Thread.ofPlatform().daemon().name("dns-cluster").start(this::run);
    }

    private void run() {
        try {
            while (true) {
                try {
                    clusters.turn();
                } catch (RuntimeException e) {
                    LOG.error("a look at the clusters failed; this is a bug, please report it", e);
                }
                // A registration is looked at at once, but not each of a flood.
                // Sleeps, and does not wait: nothing wakes it but the interrupt by which it is closed.
                for (long waited = 0; waited < interval && !(clusters.isWaiting() && waited >= 200); waited += 100) {
                    Thread.sleep(Math.min(100, interval));
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    Clusters clusters() {
        return clusters;
    }

    byte[] echo() {
        return names.echo();
    }

    @Override
    public void close() {
        if (thread != null) {
            thread.interrupt();
            try {
                // A look that is under way may still ask.
                thread.join(Duration.ofSeconds(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        clusters.close();
    }
}
