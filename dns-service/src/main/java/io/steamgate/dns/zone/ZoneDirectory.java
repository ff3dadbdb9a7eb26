package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * A directory of master files named {@code ORIGIN.zone}, read again when they change. A file whose serial did not grow, or that
 * is broken, leaves the version before it in force and says so once.
 */
public final class ZoneDirectory {
    private static final Logger LOG = Logger.getLogger(ZoneDirectory.class);
    private static final String SUFFIX = ".zone";

    private record Stamp(FileTime modified, long size, Object file) {}

    private final Path directory;
    private final Zones zones;
    private final Predicate<byte[]> copied;
    private final Map<Path, Stamp> read = new HashMap<>();
    private final Map<Path, byte[]> served = new HashMap<>();
    private final Map<Path, String> refused = new TreeMap<>();

    /** @param copied whether the zone of an origin comes from elsewhere, and from no file here */
    public ZoneDirectory(Path directory, Zones zones, Predicate<byte[]> copied) {
        this.directory = directory;
        this.copied = copied;
        this.zones = zones;
    }

    /**
     * Reads every file for the first time.
     *
     * @throws ZoneException if the directory or a file in it cannot be read
     */
    public synchronized void load() {
        check();
        if (!refused.isEmpty()) {
            throw new ZoneException(refused.values().iterator().next());
        }
    }

    /** Reads what has changed. */
    public synchronized void check() {
        List<Path> files;
        try (Stream<Path> found = Files.list(directory)) {
            files = found.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            refuse(directory, directory + " cannot be read: " + e);
            return;
        }
        refused.remove(directory);
        for (Path file : files) {
            stamp(file).filter(stamp -> !stamp.equals(read.put(file, stamp))).ifPresent(stamp -> read(file));
        }
        for (Path gone :
                read.keySet().stream().filter(file -> !files.contains(file)).toList()) {
            read.remove(gone);
            refused.remove(gone);
            byte[] origin = served.remove(gone);
            if (origin != null) {
                zones.remove(origin);
                LOG.infof("zone %s is no longer served: its file is gone", Names.text(origin));
            }
        }
    }

    private static Optional<Stamp> stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return Optional.of(new Stamp(
                    attributes.lastModifiedTime(), attributes.size(), Optional.ofNullable(attributes.fileKey())));
        } catch (IOException e) {
            // Gone between the list and here: the next look tells.
            return Optional.empty();
        }
    }

    private void read(Path file) {
        String name = file.getFileName().toString();
        try {
            byte[] origin = Names.parse(name.substring(0, name.length() - SUFFIX.length()));
            if (copied.test(origin)) {
                refuse(
                        file,
                        file + ": the zone is copied from its primaries; remove the file, or secondary.zones of it");
                return;
            }
            Zone zone = ZoneFile.read(file, origin);
            Optional<Zone> before = served.containsKey(file) ? zones.find(origin) : Optional.empty();
            if (before.isPresent() && !isNewer(zone.serial(), before.get().serial())) {
                refuse(
                        file,
                        "%s: serial %d is not newer than %d, which stays in force; raise it"
                                .formatted(file, zone.serial(), before.get().serial()));
                return;
            }
            zones.put(zone);
            served.put(file, origin);
            refused.remove(file);
            LOG.infof(
                    "zone %s: serial %d, %d records",
                    Names.text(origin), zone.serial(), zone.records().size());
        } catch (ZoneException | IllegalArgumentException e) {
            refuse(file, String.valueOf(e.getMessage()));
        }
    }

    private void refuse(Path file, String message) {
        if (!message.equals(refused.put(file, message))) {
            LOG.error(message);
        }
    }

    /**
     * Writes a zone that was changed by other means than its file, which then holds its records and nothing else.
     *
     * @throws UncheckedIOException if it cannot be written; the file is then as it was
     */
    public synchronized void keep(Zone zone) {
        Path file = directory.resolve(Names.text(zone.origin()).replaceFirst("\\.$", "") + SUFFIX);
        Path known = served.entrySet().stream()
                .filter(entry -> Names.same(entry.getValue(), zone.origin()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(file);
        try {
            ZoneFile.write(known, zone);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        stamp(known).ifPresent(stamp -> read.put(known, stamp));
    }

    /** Files that are not served as they are. */
    public synchronized int refused() {
        return refused.size();
    }

    /** Serial number arithmetic (RFC 1982 §3.2). */
    public static boolean isNewer(long serial, long than) {
        return serial != than && (serial - than & 0xFFFFFFFFL) < 0x80000000L;
    }
}
