package io.steamgate.session.http;

import static io.steamgate.session.http.Conditions.Outcome.FAILED;
import static io.steamgate.session.http.Conditions.Outcome.NOT_MODIFIED;
import static io.steamgate.session.http.Conditions.Outcome.PROCEED;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** RFC 9110 §13.2.2, step by step. */
class ConditionsTest {
    private static final String ETAG = "\"xyzzy\"";
    private static final Instant MODIFIED = Instant.parse("1994-11-06T08:49:37Z");
    private static final String SAME = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";

    @Test
    void withoutConditionsTheRequestProceeds() {
        assertThat(evaluate()).isEqualTo(PROCEED);
    }

    @Test
    void ifMatchNeedsAStrongMatch() {
        assertThat(evaluate("if-match", ETAG)).isEqualTo(PROCEED);
        assertThat(evaluate("if-match", "*")).isEqualTo(PROCEED);
        assertThat(evaluate("if-match", "\"a\", \"xyzzy\"")).isEqualTo(PROCEED);
        assertThat(evaluate("if-match", "W/\"xyzzy\"")).isEqualTo(FAILED);
        assertThat(evaluate("if-match", "\"other\"")).isEqualTo(FAILED);
    }

    @Test
    void ifUnmodifiedSinceCountsOnlyWithoutIfMatch() {
        assertThat(evaluate("if-unmodified-since", SAME)).isEqualTo(PROCEED);
        assertThat(evaluate("if-unmodified-since", BEFORE)).isEqualTo(FAILED);
        assertThat(evaluate("if-match", ETAG, "if-unmodified-since", BEFORE)).isEqualTo(PROCEED);
    }

    @Test
    void ifNoneMatchComparesWeakly() {
        assertThat(evaluate("if-none-match", ETAG)).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-none-match", "W/\"xyzzy\"")).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-none-match", "\"r2d2\", \"xyzzy\"")).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-none-match", "\"r2d2\"", "if-none-match", ETAG)).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-none-match", "*")).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-none-match", "\"r2d2\"")).isEqualTo(PROCEED);
        assertThat(evaluate("if-none-match", "xyzzy")).isEqualTo(PROCEED);
    }

    @Test
    void ifModifiedSinceCountsOnlyWithoutIfNoneMatch() {
        assertThat(evaluate("if-modified-since", SAME)).isEqualTo(NOT_MODIFIED);
        assertThat(evaluate("if-modified-since", BEFORE)).isEqualTo(PROCEED);
        assertThat(evaluate("if-modified-since", "yesterday")).isEqualTo(PROCEED);
        assertThat(evaluate("if-none-match", "\"r2d2\"", "if-modified-since", SAME))
                .isEqualTo(PROCEED);
    }

    @Test
    void aFailedIfMatchComesBeforeIfNoneMatch() {
        assertThat(evaluate("if-match", "\"other\"", "if-none-match", ETAG)).isEqualTo(FAILED);
    }

    @Test
    void aRangeCountsIfTheRepresentationIsTheSame() {
        assertThat(rangeCounts("if-range", ETAG)).isTrue();
        assertThat(rangeCounts("if-range", SAME)).isTrue();
        assertThat(rangeCounts()).isTrue();
        assertThat(rangeCounts("if-range", "W/\"xyzzy\"")).isFalse();
        assertThat(rangeCounts("if-range", "\"other\"")).isFalse();
        assertThat(rangeCounts("if-range", BEFORE)).isFalse();
        assertThat(rangeCounts("if-range", "nonsense")).isFalse();
    }

    @Test
    void aDateOfTheLastMinuteIsNoStrongValidator() {
        MultiMap fields = fields("if-range", SAME);
        assertThat(Conditions.rangeCounts(fields, ETAG, MODIFIED, MODIFIED.plusSeconds(59)))
                .isFalse();
        assertThat(Conditions.rangeCounts(fields, ETAG, MODIFIED, MODIFIED.plusSeconds(60)))
                .isTrue();
    }

    private static Conditions.Outcome evaluate(String... namesAndValues) {
        return Conditions.evaluate(fields(namesAndValues), ETAG, MODIFIED);
    }

    private static boolean rangeCounts(String... namesAndValues) {
        return Conditions.rangeCounts(fields(namesAndValues), ETAG, MODIFIED, MODIFIED.plusSeconds(3600));
    }

    private static MultiMap fields(String... namesAndValues) {
        MultiMap fields = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }
}
