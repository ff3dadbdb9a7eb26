package io.steamgate.session.site;

import io.steamgate.session.http.Exchange;
import io.steamgate.session.http.Selection;
import io.vertx.core.http.HttpMethod;
import java.nio.file.Path;

/** Answers requests with the files of a site. */
public final class SiteFiles {
    private static final String METHODS = "GET, HEAD, OPTIONS";

    private final FileFinder finder;
    private final Selection selection;

    public SiteFiles(FileFinder.FileRules rules, Selection selection) {
        this.finder = new FileFinder(rules);
        this.selection = selection;
    }

    /** @param rawPath the request's path with its percent-encoding */
    public void answer(Exchange exchange, Path site, String rawPath) {
        HttpMethod method = exchange.request().method();
        if (method.equals(HttpMethod.OPTIONS)) {
            exchange.field("allow", METHODS).end(204, io.vertx.core.buffer.Buffer.buffer());
            return;
        }
        if (!method.equals(HttpMethod.GET) && !method.equals(HttpMethod.HEAD)) {
            exchange.field("allow", METHODS).answer(405);
            return;
        }
        switch (SitePath.parse(rawPath)) {
            case SitePath.Refused(int status) -> exchange.answer(status);
            case SitePath.Names names -> find(exchange, site, names, rawPath);
        }
    }

    private void find(Exchange exchange, Path site, SitePath.Names names, String rawPath) {
        AcceptedCodings accepted =
                AcceptedCodings.parse(exchange.request().headers().getAll("accept-encoding"));
        exchange.vertx()
                .executeBlocking(() -> finder.find(site, names, accepted), false)
                .onComplete(found -> {
                    if (found.failed()) {
                        exchange.answer(500);
                    } else {
                        answer(exchange, found.result(), rawPath);
                    }
                });
    }

    private void answer(Exchange exchange, Found found, String rawPath) {
        switch (found) {
            case Found.File(var representation) -> selection.answer(exchange, representation);
            case Found.Directory _ -> redirect(exchange, rawPath);
            case Found.Listing(var page) -> exchange.answer(200, "text/html; charset=utf-8", page);
            case Found.Missing _ -> exchange.answer(404);
            case Found.Forbidden _ -> exchange.answer(403);
        }
    }

    /** A relative reference: this service cannot know scheme and port that the client used. */
    private static void redirect(Exchange exchange, String rawPath) {
        String query = exchange.request().query();
        exchange.field("location", rawPath + "/" + (query == null ? "" : "?" + query))
                .answer(301);
    }
}
