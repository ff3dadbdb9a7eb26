package io.steamgate.session.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The examples of RFC 9110 §5.6.7. */
class HttpDateTest {
    private static final Instant INSTANT = Instant.parse("1994-11-06T08:49:37Z");

    @Test
    void theThreeFormsAreTheSameInstant() {
        assertThat(HttpDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")).contains(INSTANT);
        assertThat(HttpDate.parse("Sunday, 06-Nov-94 08:49:37 GMT")).contains(INSTANT);
        assertThat(HttpDate.parse("Sun Nov  6 08:49:37 1994")).contains(INSTANT);
    }

    @Test
    void thePreferredFormIsSent() {
        assertThat(HttpDate.format(INSTANT)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    }

    @Test
    void whatIsNoDateIsIgnored() {
        assertThat(HttpDate.parse("")).isEmpty();
        assertThat(HttpDate.parse("0")).isEmpty();
        assertThat(HttpDate.parse("Mon, 06 Nov 1994 08:49:37 GMT")).isEmpty();
        assertThat(HttpDate.parse("Sun, 06 Nov 1994 25:49:37 GMT")).isEmpty();
    }

    @Test
    void theDateFieldFollowsTheClock() {
        Instant[] now = {INSTANT};
        DateField field = new DateField(() -> now[0]);
        assertThat(field.now()).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
        now[0] = INSTANT.plusMillis(1500);
        assertThat(field.now()).isEqualTo("Sun, 06 Nov 1994 08:49:38 GMT");
    }
}
