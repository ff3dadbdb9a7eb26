package io.steamgate.dns;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.steamgate.dns.guard.AddressBlocks;
import io.steamgate.dns.maintain.Keyring;
import io.steamgate.dns.maintain.Notifier;
import io.steamgate.dns.maintain.Transfers;
import io.steamgate.dns.maintain.Updates;
import io.steamgate.dns.resolve.Server;
import io.steamgate.dns.wire.Names;
import io.steamgate.dns.zone.ZoneDirectory;
import io.steamgate.dns.zone.ZoneException;
import io.steamgate.dns.zone.Zones;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;

/** The zones, and who keeps, copies and changes them. */
final class ZoneUpkeep implements AutoCloseable {
    private final DnsConfig config;
    private final Zones zones = new Zones();
    private final Keyring keyring = new Keyring();
    private final Optional<ZoneDirectory> directory;
    private final Transfers transfers;
    private final Updates updates;
    private final Notifier notifier;
    private @Nullable Thread watcher;

    ZoneUpkeep(DnsConfig config) {
        this.config = config;
        config.keys().forEach((name, key) -> {
            try {
                keyring.add(name, key.algorithm(), key.secret());
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException("steamgate.dns.keys: " + e.getMessage());
            }
        });
        directory = config.zones().directory().map(path -> new ZoneDirectory(Path.of(path), zones));
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
            watcher = Thread.ofPlatform().daemon().name("dns-zones").start(() -> watch(found, interval));
        });
    }

    private static void watch(ZoneDirectory watched, long interval) {
        try {
            while (true) {
                // Files tell nobody that they have changed: they are looked at, until the interrupt by which this is
                // closed.
                Thread.sleep(interval);
                watched.check();
            }
        } catch (InterruptedException e) {
            // Closed.
        }
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
    }
}
