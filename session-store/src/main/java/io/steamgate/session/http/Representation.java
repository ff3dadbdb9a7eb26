package io.steamgate.session.http;

import java.time.Instant;
import java.util.Map;

/**
 * What a GET selects (RFC 9110 §3.2). Whoever answers with it closes the content.
 *
 * @param etag a strong entity tag with its quotes
 * @param lastModified in whole seconds
 * @param mediaType the Content-Type
 * @param fields further fields, by lower-case name
 */
public record Representation(
        String etag, Instant lastModified, String mediaType, Map<String, String> fields, Content content) {}
