package io.steamgate.session.site;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** The sites of a directory: each sub-directory whose name is a host in lower case. New ones are found while it runs. */
public final class Sites {
    private final Path root;
    private final long believedNanos;
    private final AtomicReference<Scan> last;

    /**
     * One look at the directory.
     *
     * @param before what was seen the time before
     * @param sites what is seen now, once it is
     */
    private record Scan(Map<String, Path> before, Promise<Map<String, Path>> sites, long at) {
        Map<String, Path> known() {
            return sites.future().succeeded() ? sites.future().result() : before;
        }
    }

    /**
     * Looks which sites there are.
     *
     * @param believed how long that is believed
     * @throws IOException if the directory cannot be read
     */
    public Sites(Path root, Duration believed) throws IOException {
        this.root = root;
        this.believedNanos = believed.toNanos();
        Scan first = new Scan(Map.of(), Promise.promise(), System.nanoTime());
        first.sites.complete(read());
        this.last = new AtomicReference<>(first);
    }

    /**
     * The directory of a site, by a name that {@link SiteName} gave. A known name is answered at once; another one
     * after a look at the disk, at most one a period however many ask.
     */
    public Future<Optional<Path>> find(Vertx vertx, String host) {
        Scan scan = current(vertx);
        Path site = scan.known().get(host);
        Promise<Optional<Path>> answer = Promise.promise();
        if (site != null || scan.sites.future().isComplete()) {
            answer.complete(Optional.ofNullable(site));
            return answer.future();
        }
        Context context = vertx.getOrCreateContext();
        scan.sites
                .future()
                .onComplete(seen -> context.runOnContext(_ -> {
                    if (seen.succeeded()) {
                        answer.complete(Optional.ofNullable(seen.result().get(host)));
                    } else {
                        answer.fail(seen.cause());
                    }
                }));
        return answer.future();
    }

    private Scan current(Vertx vertx) {
        Scan scan = last.get();
        long now = System.nanoTime();
        if (now - scan.at < believedNanos || !scan.sites.future().isComplete()) {
            return scan;
        }
        Scan next = new Scan(scan.known(), Promise.promise(), now);
        if (!last.compareAndSet(scan, next)) {
            return last.get();
        }
        vertx.executeBlocking(this::read, false).onComplete(next.sites);
        return next;
    }

    /** The sites as last seen. */
    public int count() {
        return last.get().known().size();
    }

    /** Whether the directory of the sites can be read now; waits for the disk. */
    public boolean isReadable() {
        return Files.isReadable(root);
    }

    private Map<String, Path> read() throws IOException {
        Map<String, Path> found = new HashMap<>();
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(root, Files::isDirectory)) {
            for (Path directory : directories) {
                String name = directory.getFileName().toString();
                if (SiteName.of(name).filter(name::equals).isPresent()) {
                    found.put(name, directory.toRealPath());
                }
            }
        }
        return Map.copyOf(found);
    }
}
