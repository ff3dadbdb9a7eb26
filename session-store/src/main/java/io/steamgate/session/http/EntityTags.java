package io.steamgate.session.http;

import java.util.ArrayList;
import java.util.List;

/**
 * A list of entity tags as If-Match and If-None-Match carry it (RFC 9110 §8.8.3, §13.1.1).
 *
 * @param any the list is {@code *}
 */
record EntityTags(boolean any, List<String> tags) {
    /** Reads all lines of the field; what is no entity tag ends the list. */
    static EntityTags parse(List<String> lines) {
        List<String> tags = new ArrayList<>();
        for (String line : lines) {
            if (line.strip().equals("*")) {
                return new EntityTags(true, List.of());
            }
            int at = 0;
            while (at < line.length()) {
                char c = line.charAt(at);
                if (c == ' ' || c == '\t' || c == ',') {
                    at++;
                    continue;
                }
                int quote = line.startsWith("W/", at) ? at + 2 : at;
                int end = quote < line.length() && line.charAt(quote) == '"' ? line.indexOf('"', quote + 1) : -1;
                if (end < 0) {
                    break;
                }
                tags.add(line.substring(at, end + 1));
                at = end + 1;
            }
        }
        return new EntityTags(false, List.copyOf(tags));
    }

    /** Strong comparison (RFC 9110 §8.8.3.2). */
    boolean containsStrong(String etag) {
        return any || tags.contains(etag) && !etag.startsWith("W/");
    }

    /** Weak comparison. */
    boolean containsWeak(String etag) {
        return any || tags.stream().anyMatch(tag -> opaque(tag).equals(opaque(etag)));
    }

    private static String opaque(String tag) {
        return tag.startsWith("W/") ? tag.substring(2) : tag;
    }
}
