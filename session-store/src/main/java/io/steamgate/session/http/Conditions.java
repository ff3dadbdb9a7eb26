package io.steamgate.session.http;

import io.vertx.core.MultiMap;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Conditional requests: RFC 9110 §13. */
final class Conditions {
    /** What the preconditions of a request come to. */
    enum Outcome {
        PROCEED,
        NOT_MODIFIED,
        FAILED
    }

    private Conditions() {}

    /** Evaluates in the order of RFC 9110 §13.2.2 for a GET or HEAD. */
    static Outcome evaluate(MultiMap fields, String etag, Instant lastModified) {
        List<String> ifMatch = fields.getAll("if-match");
        if (!ifMatch.isEmpty()) {
            if (!EntityTags.parse(ifMatch).containsStrong(etag)) {
                return Outcome.FAILED;
            }
        } else {
            Optional<Instant> unmodifiedSince = date(fields, "if-unmodified-since");
            if (unmodifiedSince.isPresent() && lastModified.isAfter(unmodifiedSince.get())) {
                return Outcome.FAILED;
            }
        }
        List<String> ifNoneMatch = fields.getAll("if-none-match");
        if (!ifNoneMatch.isEmpty()) {
            return EntityTags.parse(ifNoneMatch).containsWeak(etag) ? Outcome.NOT_MODIFIED : Outcome.PROCEED;
        }
        Optional<Instant> modifiedSince = date(fields, "if-modified-since");
        return modifiedSince.isPresent() && !lastModified.isAfter(modifiedSince.get())
                ? Outcome.NOT_MODIFIED
                : Outcome.PROCEED;
    }

    /** Whether the Range field of a GET counts (RFC 9110 §13.1.5): without If-Range, or if that one matches. */
    static boolean rangeCounts(MultiMap fields, String etag, Instant lastModified, Instant now) {
        List<String> ifRange = fields.getAll("if-range");
        if (ifRange.isEmpty()) {
            return true;
        }
        if (ifRange.size() > 1) {
            return false;
        }
        String value = ifRange.getFirst().strip();
        if (value.startsWith("\"") || value.startsWith("W/")) {
            return value.equals(etag);
        }
        // A date is a strong validator only if the content cannot have changed twice in its second (§8.8.2.2).
        return HttpDate.parse(value).filter(lastModified::equals).isPresent()
                && !lastModified.plusSeconds(60).isAfter(now);
    }

    /** A field that occurs twice is no date, and a date that is none is ignored (RFC 9110 §13.1.3). */
    private static Optional<Instant> date(MultiMap fields, String name) {
        List<String> values = fields.getAll(name);
        return values.size() == 1 ? HttpDate.parse(values.getFirst().strip()) : Optional.empty();
    }
}
