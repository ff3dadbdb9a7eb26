package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.maintain.Keyring;
import io.steamgate.dns.maintain.Notifier;
import io.steamgate.dns.maintain.Secondaries;
import io.steamgate.dns.maintain.SecondaryZone;
import io.steamgate.dns.maintain.Transfers;
import io.steamgate.dns.maintain.Updates;
import io.steamgate.dns.resolve.Server;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.ZoneCopies;
import io.steamgate.dns.zone.ZoneDirectory;
import io.steamgate.dns.zone.ZoneException;
import io.steamgate.dns.zone.Zones;
import io.steamgate.start.AddressBlocks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** The zones, and who keeps, copies and changes them. */
final class ZoneUpkeep implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(ZoneUpkeep.class);
    private static final Duration COPIES_LOOKED_AT = Duration.ofMillis(100);

    private final DnsConfig config;
    private final Zones zones = new Zones();
    private final Keyring keyring = new Keyring();
    private final Optional<ZoneDirectory> directory;
    private final Transfers transfers;
    private final Updates updates;
    private final Notifier notifier;
    private final Secondaries secondaries;
    private final List<byte[]> origins;
    private @Nullable Thread watcher;
    private @Nullable Thread copier;

    ZoneUpkeep(DnsConfig config, InstantSource clock, RandomGenerator random) {
        this.config = config;
        config.keys().forEach((name, key) -> {
            try {
                keyring.add(name, key.algorithm(), key.secret());
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException("steamgate.dns.keys: " + e.getMessage());
            }
        });
        List<SecondaryZone.Source> copied = copied(config.secondary());
        origins = copied.stream().map(SecondaryZone.Source::origin).toList();
        directory = config.zones().directory().map(path -> new ZoneDirectory(Path.of(path), zones, this::copies));
        try {
            directory.ifPresent(ZoneDirectory::load);
        } catch (ZoneException e) {
            throw new ConfigurationException("steamgate.dns.zones.directory: " + e.getMessage());
        }
        AddressBlocks allowed;
        List<InetSocketAddress> notified;
        Set<String> dynamic = new HashSet<>();
        try {
            allowed = AddressBlocks.parse(config.transfer().allow().orElse(List.of()));
            notified = config.transfer().notified().orElse(List.of()).stream()
                    .map(text -> Server.address(text, text.strip(), 53))
                    .toList();
            config.update()
                    .zones()
                    .orElse(List.of())
                    .forEach(zone -> dynamic.add(Names.text(Names.parse(zone.strip()))));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("steamgate.dns.transfer or .update: " + e.getMessage());
        }
        transfers = new Transfers(
                zones,
                zones.history(),
                allowed,
                keys("transfer.keys", config.transfer().keys()));
        updates = new Updates(
                zones,
                dynamic,
                keys("update.keys", config.update().keys()),
                zone -> directory.ifPresent(d -> d.keep(zone)));
        notifier = new Notifier(notified);
        for (SecondaryZone.Source source : copied) {
            require(
                    !dynamic.contains(Names.text(source.origin())),
                    "update.zones: " + Names.text(source.origin()) + " is copied, and changed at its primary only");
        }
        secondaries = secondaries(config.secondary(), copied, clock, random);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new ConfigurationException("steamgate.dns." + rule);
        }
    }

    private List<SecondaryZone.Source> copied(DnsConfig.Secondary config) {
        List<SecondaryZone.Source> sources = new ArrayList<>();
        config.zones().forEach((origin, zone) -> {
            String setting = "secondary.zones.\"" + origin + "\"";
            try {
                byte[] name = Names.parse(origin);
                sources.add(new SecondaryZone.Source(
                        Names.copyLower(name, 0, name.length),
                        zone.primaries().stream()
                                .map(text -> Server.address(text, text.strip(), 53))
                                .toList(),
                        zone.key().map(key -> key(setting + ".key", key.strip()))));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException("steamgate.dns." + setting + ": " + e.getMessage());
            }
        });
        return sources;
    }

    private Secondaries secondaries(
            DnsConfig.Secondary config,
            List<SecondaryZone.Source> copied,
            InstantSource clock,
            RandomGenerator random) {
        require(config.minRefresh().toSeconds() >= 1, "secondary.min-refresh must be at least 1s");
        require(config.timeout().toMillis() >= 100, "secondary.timeout must be at least 100ms");
        require(config.maxBytes() > 0, "secondary.max-bytes must be more than zero");
        try {
            return new Secondaries(
                    copied,
                    new Secondaries.Settings(config.minRefresh(), config.timeout(), config.maxBytes()),
                    zones,
                    copied.isEmpty() ? Optional.empty() : Optional.of(new ZoneCopies(Path.of(config.directory()))),
                    clock,
                    random);
        } catch (IOException e) {
            throw new ConfigurationException("steamgate.dns.secondary.directory: " + config.directory()
                    + " cannot be used as a directory (" + e.getMessage() + "); name one that can be written");
        }
    }

    private Set<Name> keys(String setting, Optional<List<String>> names) {
        Set<Name> found = new HashSet<>();
        names.orElse(List.of())
                .forEach(name -> found.add(key(setting, name.strip()).name()));
        return found;
    }

    /** The key of a name that must be there. */
    Keyring.Key key(String setting, String name) {
        return keyring.find(name)
                .orElseThrow(() -> new ConfigurationException("steamgate.dns." + setting + ": there is no key '" + name
                        + "'; set steamgate.dns.keys." + name + ".secret"));
    }

    void start() {
        // Who starts has nothing to tell: secondaries ask by themselves, and what follows are changes.
        zones.watch(notifier::changed);
        directory.ifPresent(found -> {
            long interval = config.zones().recheck().toMillis();
            watcher = Thread.ofPlatform().daemon().name("dns-zones").start(() -> every(interval, found::check));
        });
        if (!secondaries.zones().isEmpty()) {
            copier = Thread.ofPlatform()
                    .daemon()
                    .name("dns-secondary")
                    .start(() -> every(COPIES_LOOKED_AT.toMillis(), secondaries::turn));
        }
    }

    /** Neither files nor clocks tell anybody: they are looked at, until the interrupt by which this is closed. */
    static void every(long interval, Runnable look) {
        try {
            while (true) {
                try {
                    look.run();
                } catch (RuntimeException e) {
                    // The thread goes on: without it nothing would be looked at until the next start.
                    LOG.error("zones could not be looked after; this is a bug, please report it", e);
                }
                Thread.sleep(interval);
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    /** Whether a zone is copied from its primaries. */
    boolean copies(byte[] origin) {
        return origins.stream().anyMatch(copied -> Names.same(copied, origin));
    }

    Secondaries secondaries() {
        return secondaries;
    }

    Zones zones() {
        return zones;
    }

    Keyring keyring() {
        return keyring;
    }

    Transfers transfers() {
        return transfers;
    }

    Updates updates() {
        return updates;
    }

    Notifier notifier() {
        return notifier;
    }

    int refusedFiles() {
        return directory.map(ZoneDirectory::refused).orElse(0);
    }

    @Override
    public void close() {
        if (watcher != null) {
            watcher.interrupt();
        }
        if (copier != null) {
            copier.interrupt();
        }
        secondaries.close();
    }
}
