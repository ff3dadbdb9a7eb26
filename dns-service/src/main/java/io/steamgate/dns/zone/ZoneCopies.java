package io.steamgate.dns.zone;

import io.steamgate.dns.wire.Names;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Copies of zones on disk, one master file for each, so that a start without the primary has something to serve. When a file was
 * changed last is when its zone was last known to be what the primary has.
 */
public final class ZoneCopies {
    private static final Logger LOG = Logger.getLogger(ZoneCopies.class);

    private final Path directory;

    /** A copy, and when it was last known to be right. */
    public record Copy(Zone zone, Instant verifiedAt) {}

    /** @throws IOException if there can be no such directory, or nothing can be written to it */
    public ZoneCopies(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        Files.delete(Files.createTempFile(directory, "writable", ""));
    }

    /** The copy of a zone; empty where there is none, or none that can be read. */
    public Optional<Copy> find(byte[] origin) {
        Path file = file(origin);
        try {
            return Files.exists(file)
                    ? Optional.of(new Copy(
                            ZoneFile.read(file, origin),
                            Files.getLastModifiedTime(file).toInstant()))
                    : Optional.empty();
        } catch (IOException | ZoneException e) {
            LOG.errorf("a copy cannot be read, and its zone is fetched anew: %s", e.getMessage());
            return Optional.empty();
        }
    }

    /** Keeps a zone. One that cannot be kept is told of in the log: it is served all the same, until the next start. */
    public void keep(Zone zone, Instant verifiedAt) {
        try {
            ZoneFile.write(file(zone.origin()), zone);
            verified(zone.origin(), verifiedAt);
        } catch (IOException e) {
            LOG.errorf("the copy of zone %s cannot be kept: %s", Names.text(zone.origin()), e);
        }
    }

    /** Notes that the copy is what the primary has. */
    public void verified(byte[] origin, Instant at) {
        try {
            Files.setLastModifiedTime(file(origin), FileTime.from(at));
        } catch (IOException e) {
            LOG.errorf("the copy of zone %s cannot be kept: %s", Names.text(origin), e);
        }
    }

    private Path file(byte[] origin) {
        // A label may hold what separates directories (RFC 2317 §4 has such names).
        String name =
                Names.text(origin).replaceFirst("\\.$", "").replace("%", "%25").replace("/", "%2F");
        return directory.resolve(name + ".zone");
    }
}
