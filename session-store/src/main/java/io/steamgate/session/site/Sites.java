package io.steamgate.session.site;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The sites of a directory: each sub-directory whose name is a host in lower case. */
public final class Sites {
    private final Path root;
    private volatile Map<String, Path> sites = Map.of();

    public Sites(Path root) {
        this.root = root;
    }

    /** Looks again which sites there are; waits for the disk. */
    public void scan() throws IOException {
        Map<String, Path> found = new HashMap<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path directory : directories) {
                String name = directory.getFileName().toString();
                if (SiteName.of(name).filter(name::equals).isPresent()) {
                    found.put(name, directory.toRealPath());
                }
            }
        }
        sites = Map.copyOf(found);
    }

    /** The directory of a site, by a name that {@link SiteName} gave. */
    public Optional<Path> find(String host) {
        return Optional.ofNullable(sites.get(host));
    }

    public int count() {
        return sites.size();
    }
}
