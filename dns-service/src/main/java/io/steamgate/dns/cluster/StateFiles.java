package io.steamgate.dns.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/**
 * What must outlive a node with nobody to ask: the public address, and the clusters that were heard of, each in a file of one line
 * each. Files are replaced as a whole.
 */
public final class StateFiles implements ClusterStore {
    private static final Logger LOG = Logger.getLogger(StateFiles.class);

    private final Path directory;
    private final Map<String, KnownCluster> clusters = new TreeMap<>();

    /**
     * @throws IOException if the directory cannot be made or read
     */
    public StateFiles(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        for (String line : lines("clusters")) {
            parse(line).ifPresent(cluster -> clusters.put(cluster.id(), cluster));
        }
    }

    private List<String> lines(String name) throws IOException {
        Path file = directory.resolve(name);
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private static Optional<KnownCluster> parse(String line) {
        String[] words = line.split(" ");
        try {
            return Optional.of(new KnownCluster(
                    words[0],
                    InetAddress.ofLiteral(words[1]),
                    Instant.parse(words[2]),
                    Double.parseDouble(words[3]),
                    Duration.ofMillis(Long.parseLong(words[4]))));
        } catch (RuntimeException e) {
            LOG.warnf("a line of the file of clusters is none: '%s'", line);
            return Optional.empty();
        }
    }

    @Override
    public Optional<List<KnownCluster>> all() {
        return Optional.of(List.copyOf(clusters.values()));
    }

    @Override
    public void put(KnownCluster cluster) {
        KnownCluster before = clusters.put(cluster.id(), cluster);
        // That one still answers is not worth a write each time; it is checked again after a start anyway.
        if (before == null
                || !before.address().equals(cluster.address())
                || Duration.between(before.verifiedAt(), cluster.verifiedAt()).toMinutes() >= 10) {
            List<String> lines = new ArrayList<>();
            clusters.values()
                    .forEach(c -> lines.add(String.join(
                            " ",
                            c.id(),
                            c.address().getHostAddress(),
                            c.verifiedAt().toString(),
                            Double.toString(c.load()),
                            Long.toString(c.distance().toMillis()))));
            write("clusters", lines);
        }
    }

    Optional<InetAddress> publicAddress() {
        try {
            return lines("public-address").stream()
                    .findFirst()
                    .map(String::strip)
                    .map(InetAddress::ofLiteral);
        } catch (IOException | IllegalArgumentException e) {
            LOG.warnf("the public address of before cannot be read: %s", e.getMessage());
            return Optional.empty();
        }
    }

    void publicAddress(InetAddress address) {
        write("public-address", List.of(address.getHostAddress()));
    }

    private void write(String name, List<String> lines) {
        try {
            Path next = directory.resolve(name + ".next");
            Files.write(next, lines);
            Files.move(
                    next, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.errorf("%s cannot be written: %s", directory.resolve(name), e.getMessage());
        }
    }
}
