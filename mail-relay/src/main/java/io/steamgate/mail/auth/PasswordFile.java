package io.steamgate.mail.auth;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Users and their verifiers: a line is {@code USER:VERIFIER}; read again when the file changes. */
public final class PasswordFile {
    private static final Logger LOG = Logger.getLogger(PasswordFile.class);

    private final Path path;
    private FileTime readAt = FileTime.fromMillis(0);
    private Map<String, Verifier> users;
    private OptionalInt usualIterations;

    /**
     * Reads the file.
     *
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException naming a line that is no user with a verifier
     */
    public PasswordFile(Path path) throws IOException {
        this.path = path;
        readAt = Files.getLastModifiedTime(path);
        users = parse(Files.readString(path, StandardCharsets.UTF_8));
        usualIterations = usualIterations(users);
    }

    private static Map<String, Verifier> parse(String text) {
        Map<String, Verifier> users = new HashMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            String entry = line.strip();
            if (entry.isEmpty() || entry.startsWith("#")) {
                continue;
            }
            int colon = entry.indexOf(':');
            try {
                if (colon <= 0) {
                    throw new IllegalArgumentException("expected USER:VERIFIER");
                }
                users.put(entry.substring(0, colon), Verifier.parse(entry.substring(colon + 1)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
            }
        }
        return Map.copyOf(users);
    }

    /** The iterations that most users have. */
    synchronized OptionalInt usualIterations() {
        return usualIterations;
    }

    private static OptionalInt usualIterations(Map<String, Verifier> users) {
        return users.values().stream()
                .collect(Collectors.groupingBy(Verifier::iterations, Collectors.counting()))
                .entrySet()
                .stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> OptionalInt.of(most.getKey()))
                .orElse(OptionalInt.empty());
    }

    synchronized Optional<Verifier> find(String user) {
        try {
            FileTime changed = Files.getLastModifiedTime(path);
            if (!changed.equals(readAt)) {
                readAt = changed;
                users = parse(Files.readString(path, StandardCharsets.UTF_8));
                usualIterations = usualIterations(users);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.errorf("%s: %s; going on with what was read before", path, e.getMessage());
        }
        return Optional.ofNullable(users.get(user));
    }
}
