package io.steamgate.session.site;

import io.steamgate.session.http.Exchange;
import io.steamgate.session.http.Representation;
import io.steamgate.session.http.Selection;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Answers requests with the files of a site. */
public final class SiteFiles {
    private static final String METHODS = "GET, HEAD, OPTIONS";

    private final FileFinder finder;
    private final SmallFiles smallFiles;
    private final Selection selection;

    /**
     * @param cacheBytes bound on the memory for small files
     * @param believed how long a small file is served from memory before it is looked at again
     */
    public SiteFiles(
            FileFinder.FileRules rules, long cacheBytes, Duration believed, Selection selection, InstantSource clock) {
        this.finder = new FileFinder(rules, clock);
        this.smallFiles = new SmallFiles(cacheBytes, believed);
        this.selection = selection;
    }

    /** @param rawPath the request's path with its percent-encoding */
    public void answer(Exchange exchange, Path site, String rawPath) {
        HttpMethod method = exchange.request().method();
        if (method.equals(HttpMethod.OPTIONS)) {
            exchange.field("allow", METHODS).end(204, Buffer.buffer());
            return;
        }
        if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            exchange.field("allow", METHODS).answer(405);
            return;
        }
        List<String> codings = exchange.request().headers().getAll("accept-encoding");
        SmallFiles.Key key = new SmallFiles.Key(
                exchange.site(), rawPath, codings.isEmpty() ? AcceptedCodings.NONE : AcceptedCodings.parse(codings));
        Optional<Representation> small = smallFiles.find(key, System.nanoTime());
        if (small.isPresent()) {
            selection.answer(exchange, small.get());
            return;
        }
        switch (SitePath.parse(rawPath)) {
            case SitePath.Refused(int status) -> exchange.answer(status);
            case SitePath.Names names -> find(exchange, site, names, key);
        }
    }

    private void find(Exchange exchange, Path site, SitePath.Names names, SmallFiles.Key key) {
        long readAt = System.nanoTime();
        exchange.vertx()
                .executeBlocking(() -> finder.find(site, names, key.accepted()), false)
                .map(found -> {
                    // What is thrown here must not leave the client without an answer.
                    answer(exchange, found, key, readAt);
                    return found;
                })
                .onFailure(exchange::failed);
    }

    private void answer(Exchange exchange, Found found, SmallFiles.Key key, long readAt) {
        switch (found) {
            case Found.File(Representation representation) -> {
                smallFiles.keep(key, representation, readAt);
                selection.answer(exchange, representation);
            }
            case Found.Directory _ -> redirect(exchange, key.rawPath());
            case Found.Listing(Buffer page) -> exchange.answer(200, "text/html; charset=utf-8", page);
            case Found.Missing _ -> exchange.answer(404);
            case Found.Forbidden _ -> exchange.answer(403);
        }
    }

    /** A relative reference: this service cannot know the scheme and port that the client used. */
    private static void redirect(Exchange exchange, String rawPath) {
        String query = exchange.request().query();
        exchange.field("location", rawPath + "/" + (query == null ? "" : "?" + query))
                .answer(301);
    }
}
