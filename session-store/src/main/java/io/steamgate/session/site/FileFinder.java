package io.steamgate.session.site;

import io.steamgate.session.http.Content;
import io.steamgate.session.http.MemoryContent;
import io.steamgate.session.http.Representation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Finds files of a site on disk and opens them. Waits for the disk. */
public final class FileFinder {
    private static final int ATTEMPTS = 3;

    /**
     * Changes this close to each other may carry the same time: two ticks of the slowest kernel clock, which file systems
     * stamp by.
     */
    private static final Duration TICK = Duration.ofMillis(20);

    private final FileRules rules;
    private final InstantSource clock;

    FileFinder(FileRules rules, InstantSource clock) {
        this.rules = rules;
        this.clock = clock;
    }

    /** @throws IOException if it is the file system that fails, not the path */
    Found find(Path site, SitePath.Names path, AcceptedCodings accepted) throws IOException {
        try {
            Path target = site;
            for (String name : path.names()) {
                target = target.resolve(name);
            }
            return find(site, target, path.directory(), accepted);
        } catch (AccessDeniedException e) {
            return new Found.Forbidden();
        } catch (NoSuchFileException | NotDirectoryException | InvalidPathException e) {
            return new Found.Missing();
        } catch (FileSystemException e) {
            if (isAboutThePath(e)) {
                return new Found.Missing();
            }
            throw e;
        }
    }

    /** ENOTDIR, ELOOP and ENAMETOOLONG, which Java tells apart by text only. */
    private static boolean isAboutThePath(FileSystemException e) {
        String reason = e.getReason();
        return reason != null
                && (reason.startsWith("Not a directory")
                        || reason.startsWith("Too many levels of symbolic links")
                        || reason.startsWith("File name too long"));
    }

    private Found find(Path site, Path target, boolean directory, AcceptedCodings accepted) throws IOException {
        Path real = target.toRealPath();
        if (!rules.outsideLinks() && !real.startsWith(site)) {
            return new Found.Missing();
        }
        if (Files.isDirectory(real)) {
            return directory ? index(site, real, accepted) : new Found.Directory();
        }
        if (directory) {
            return new Found.Missing();
        }
        return file(site, target, accepted);
    }

    private Found index(Path site, Path directory, AcceptedCodings accepted) throws IOException {
        for (String name : rules.index()) {
            Path index = directory.resolve(name);
            if (Files.isRegularFile(index)) {
                return find(site, index, false, accepted);
            }
        }
        return rules.listing() ? new Found.Listing(Listing.page(directory)) : new Found.Missing();
    }

    private Found file(Path site, Path target, AcceptedCodings accepted) throws IOException {
        Path name = target.getFileName();
        String mediaType = MediaTypes.of(name == null ? "" : name.toString());
        Map<String, String> fields = new LinkedHashMap<>(rules.fields());
        if (rules.precompressed()) {
            boolean varies = false;
            for (AcceptedCodings.Coding coding : AcceptedCodings.Coding.values()) {
                Path variant = target.resolveSibling(name + coding.extension());
                if (Files.isRegularFile(variant)
                        && (rules.outsideLinks() || variant.toRealPath().startsWith(site))) {
                    varies = true;
                    if (accepted.accepts(coding)) {
                        fields.put("vary", "accept-encoding");
                        fields.put("content-encoding", coding.token());
                        return open(variant, mediaType, fields);
                    }
                }
            }
            if (varies) {
                fields.put("vary", "accept-encoding");
            }
        }
        return open(target, mediaType, fields);
    }

    private Found open(Path file, String mediaType, Map<String, String> fields) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Instant now = clock.instant();
            Attributes before = Attributes.of(file);
            if (!before.regular()) {
                return new Found.Missing(); // opening a pipe or device would wait for ever, or worse
            }
            Optional<Content> content = content(file, before);
            // A strong entity tag must be of exactly the bytes that were opened, and of no others that come after them.
            if (content.isPresent() && Attributes.of(file).equals(before)) {
                return new Found.File(Representation.of(
                        before.changedBefore(now.minus(TICK)) ? before.etag() : "W/" + before.etag(),
                        before.modified().toInstant().truncatedTo(ChronoUnit.SECONDS),
                        mediaType,
                        fields,
                        content.get()));
            }
            content.ifPresent(Content::close);
        }
        throw new IOException(file + " changes faster than it can be opened");
    }

    private Optional<Content> content(Path file, Attributes attributes) throws IOException {
        if (attributes.size() <= rules.smallFile()) {
            byte[] bytes = Files.readAllBytes(file);
            return bytes.length == attributes.size() ? Optional.of(new MemoryContent(bytes)) : Optional.empty();
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        if (channel.size() != attributes.size()) {
            channel.close();
            return Optional.empty();
        }
        return Optional.of(new FileContent(channel, attributes.size()));
    }

    /** What tells one state of a file from another; a change of content changes at least one of these. */
    private record Attributes(boolean regular, long inode, long size, FileTime modified, FileTime changed) {
        static Attributes of(Path file) throws IOException {
            Map<String, Object> unix = Files.readAttributes(file, "unix:isRegularFile,ino,size,lastModifiedTime,ctime");
            return new Attributes(
                    Boolean.class.cast(Objects.requireNonNull(unix.get("isRegularFile"))),
                    Long.class.cast(Objects.requireNonNull(unix.get("ino"))),
                    Long.class.cast(Objects.requireNonNull(unix.get("size"))),
                    FileTime.class.cast(Objects.requireNonNull(unix.get("lastModifiedTime"))),
                    FileTime.class.cast(Objects.requireNonNull(unix.get("ctime"))));
        }

        boolean changedBefore(Instant time) {
            return changed.toInstant().isBefore(time);
        }

        /** By the time of change, because the one of modification can be set back. */
        String etag() {
            return "\"" + Long.toHexString(inode) + "-" + Long.toHexString(changed.to(TimeUnit.NANOSECONDS)) + "-"
                    + Long.toHexString(size) + "\"";
        }
    }

    /** The settings of {@code steamgate.session.files} that matter here. */
    public record FileRules(
            List<String> index,
            boolean listing,
            boolean outsideLinks,
            boolean precompressed,
            int smallFile,
            Map<String, String> fields) {}
}
