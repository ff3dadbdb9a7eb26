package io.steamgate.session.http;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a GET selects (RFC 9110 §3.2). Whoever answers with it closes the content.
 *
 * @param etag an entity tag with its quotes, and {@code W/} before a weak one
 * @param lastModified in whole seconds
 * @param mediaType the Content-Type
 * @param fields what 200, 206 and 304 carry alike, by lower-case name: validators and caching (RFC 9110 §15.4.5)
 */
public record Representation(
        String etag, Instant lastModified, String mediaType, Map<String, String> fields, Content content) {
    /** @param more fields beside the validators */
    public static Representation of(
            String etag, Instant lastModified, String mediaType, Map<String, String> more, Content content) {
        Map<String, String> fields = new LinkedHashMap<>(more);
        fields.put("etag", etag);
        fields.put("last-modified", HttpDate.format(lastModified));
        return new Representation(etag, lastModified, mediaType, Map.copyOf(fields), content);
    }
}
