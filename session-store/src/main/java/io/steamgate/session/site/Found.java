package io.steamgate.session.site;

import io.steamgate.session.http.Representation;
import io.vertx.core.buffer.Buffer;

/** What a path comes to in a site. */
sealed interface Found {
    /** A file, its content open. */
    record File(Representation representation) implements Found {}

    /** A directory asked for without its slash. */
    record Directory() implements Found {}

    /** A directory without index, as a page. */
    record Listing(Buffer page) implements Found {}

    record Missing() implements Found {}

    record Forbidden() implements Found {}
}
