package io.steamgate.mail.route;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Set;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** The route table in a file; read again when the file changes, and kept as it was when the new one is wrong. */
public final class RouteFile implements Supplier<RouteTable> {
    private static final Logger LOG = Logger.getLogger(RouteFile.class);

    private final Path path;
    private final Set<String> destinations;
    private FileTime readAt;
    private volatile RouteTable table;

    /**
     * Reads the file.
     *
     * @param destinations the names that exist
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException saying which line is wrong, and how
     */
    public RouteFile(Path path, Set<String> destinations) throws IOException {
        this.path = path;
        this.destinations = Set.copyOf(destinations);
        readAt = Files.getLastModifiedTime(path);
        table = read();
    }

    private RouteTable read() throws IOException {
        RouteTable read = RouteTable.parse(Files.readAllLines(path, StandardCharsets.UTF_8));
        for (String name : read.destinations()) {
            if (!destinations.contains(name)) {
                throw new IllegalArgumentException("there is no destination '" + name + "'; there are "
                        + String.join(", ", destinations.stream().sorted().toList()));
            }
        }
        return read;
    }

    @Override
    public RouteTable get() {
        return table;
    }

    /** Reads the file again if it has changed. */
    public synchronized void refresh() {
        try {
            FileTime changed = Files.getLastModifiedTime(path);
            if (!changed.equals(readAt)) {
                readAt = changed;
                table = read();
                LOG.infof("routes read again from %s", path);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.errorf("%s: %s; the routes stay as they were", path, e.getMessage());
        }
    }
}
