package io.steamgate.edge.route;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The routes file on disk: read at the start, read again when it changes. Works on a thread of its own, off the poll
 * loop. What cannot be read or has errors changes nothing: the last good routes stay.
 *
 * <p>The file is looked at and not waited for, because that works on every file system and through the symbolic links by
 * which Kubernetes swaps the files of a ConfigMap.
 */
public final class RouteFile implements AutoCloseable {
    private static final long MAX_BYTES = 4L * RoutesReader.MAX_CHARACTERS;

    /**
     * What was last put in force.
     *
     * @param routes what the file said
     * @param warnings about it
     * @param loadedAt when it was read
     * @param generation 1 for the first, one more for each that followed
     */
    public record Loaded(Routes routes, List<Problem> warnings, Instant loadedAt, long generation) {}

    /** Tells files apart without reading them. A rename brings another {@code key}: the inode on Unix. */
    private record Stamp(
            FileTime modified, long size, @Nullable Object key) {}

    private final Path path;
    private final Supplier<RoutesContext> context;
    private final InstantSource clock;

    private Optional<Stamp> seen = Optional.empty();
    private Optional<Stamp> read = Optional.empty();
    private String text = "";
    private RoutesContext readIn = RoutesContext.UNKNOWN;

    private volatile Optional<Loaded> loaded = Optional.empty();
    private volatile Optional<String> lastError = Optional.empty();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Thread watcher;

    /**
     * @param context asked at each reading, so that an address got by DHCP counts
     * @param clock tells {@link Loaded#loadedAt}
     */
    public RouteFile(Path path, Supplier<RoutesContext> context, InstantSource clock) {
        this.path = path;
        this.context = context;
        this.clock = clock;
    }

    public Path path() {
        return path;
    }

    /** What is in force; empty before the first {@link #load}. */
    public Optional<Loaded> loaded() {
        return loaded;
    }

    /** Why the file as it is now is not in force; empty when it is. */
    public Optional<String> lastError() {
        return lastError;
    }

    /**
     * Reads the file for the first time.
     *
     * @throws RoutesException when it has errors or cannot be read: the edge does not start
     */
    public synchronized Loaded load() {
        try {
            Stamp stamp = stamp();
            seen = Optional.of(stamp);
            read = Optional.of(stamp);
            return parse(content());
        } catch (IOException e) {
            throw new RoutesException(path.toString(), List.of(new Problem(0, 0, reason(e))));
        }
    }

    /**
     * Looks once whether the file, or what it is judged against, has changed.
     *
     * @return what is to be put in force now; empty when nothing changed or the file is refused
     */
    public synchronized Optional<Loaded> poll() {
        try {
            Stamp now = stamp();
            boolean replaced = seen.isPresent() && !Objects.equals(seen.get().key(), now.key());
            boolean quiet = seen.equals(Optional.of(now));
            seen = Optional.of(now);
            boolean same = read.equals(seen) && readIn.equals(context.get());
            // A file that is written in place is read when it has been quiet for one look, lest half of it be taken for
            // the whole; one that was moved here was complete before.
            if (same || !replaced && !quiet) {
                return Optional.empty();
            }
            String content = content();
            if (!stamp().equals(now)) {
                return Optional.empty();
            }
            read = seen;
            if (content.equals(text) && readIn.equals(context.get())) {
                return Optional.empty();
            }
            return Optional.of(parse(content));
        } catch (IOException e) {
            refuse(path + ": " + reason(e));
            // It is read again when it is back, even with its old stamp.
            read = Optional.empty();
            text = "";
        } catch (RoutesException e) {
            refuse(String.valueOf(e.getMessage()));
        }
        return Optional.empty();
    }

    private void refuse(String why) {
        lastError = Optional.of(why);
    }

    private Loaded parse(String content) {
        text = content;
        readIn = context.get();
        RoutesReader.Result result = new RoutesReader(readIn).read(content, path.toString());
        long generation = loaded.map(Loaded::generation).orElse(0L) + 1;
        Loaded now = new Loaded(result.routes(), result.warnings(), clock.instant(), generation);
        loaded = Optional.of(now);
        lastError = Optional.empty();
        return now;
    }

    private Stamp stamp() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }

    private String content() throws IOException {
        if (Files.size(path) > MAX_BYTES) {
            throw new IOException("larger than " + MAX_BYTES + " bytes");
        }
        byte[] bytes = Files.readAllBytes(path);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException("not UTF-8 text", e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "there is no such file" : "cannot be read: " + e.getMessage();
    }

    /**
     * Begins to look at the file.
     *
     * @param interval between two looks
     * @param changed gets the new routes, on the watching thread: it posts them to the poll loop
     * @param refused gets one line for each content that is refused
     */
    public void watch(Duration interval, Consumer<Loaded> changed, Consumer<String> refused) {
        Thread thread = Thread.ofPlatform().daemon().name("routes-file").unstarted(() -> {
            Optional<String> told = Optional.empty();
            try {
                while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                    poll().ifPresent(changed);
                    Optional<String> error = lastError();
                    if (!error.equals(told)) {
                        error.ifPresent(refused);
                        told = error;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        watcher = thread;
        thread.start();
    }

    @Override
    public void close() {
        closed.countDown();
        Thread thread = watcher;
        if (thread != null) {
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
