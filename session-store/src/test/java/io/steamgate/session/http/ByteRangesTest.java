package io.steamgate.session.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.session.http.ByteRanges.Range;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The examples of RFC 9110 §14.1.2 on a representation of 10,000 bytes, and what lies beyond them. */
class ByteRangesTest {
    @Test
    void theExamplesOfTheRfcAreRead() {
        assertThat(parse("bytes=0-499")).isEqualTo(some(new Range(0, 500)));
        assertThat(parse("bytes=500-999")).isEqualTo(some(new Range(500, 500)));
        assertThat(parse("bytes=-500")).isEqualTo(some(new Range(9500, 500)));
        assertThat(parse("bytes=9500-")).isEqualTo(some(new Range(9500, 500)));
        assertThat(parse("bytes=0-0,-1")).isEqualTo(some(new Range(0, 1), new Range(9999, 1)));
        assertThat(parse("bytes= 0-999, 4500-5499, -1000"))
                .isEqualTo(some(new Range(0, 1000), new Range(4500, 1000), new Range(9000, 1000)));
        assertThat(parse("bytes=500-600,601-999")).isEqualTo(some(new Range(500, 101), new Range(601, 399)));
    }

    @Test
    void aRangeIsCutAtTheEnd() {
        assertThat(parse("bytes=9990-20000")).isEqualTo(some(new Range(9990, 10)));
        assertThat(parse("bytes=-20000")).isEqualTo(some(new Range(0, 10_000)));
        assertThat(parse("bytes=0-99999999999999999999999")).isEqualTo(some(new Range(0, 10_000)));
    }

    @Test
    void rangesBeyondTheEndAreUnsatisfiable() {
        assertThat(parse("bytes=10000-")).isInstanceOf(ByteRanges.Unsatisfiable.class);
        assertThat(parse("bytes=99999999999999999999999-")).isInstanceOf(ByteRanges.Unsatisfiable.class);
        assertThat(parse("bytes=-0")).isInstanceOf(ByteRanges.Unsatisfiable.class);
        assertThat(ByteRanges.parse("bytes=0-", 0)).isInstanceOf(ByteRanges.Unsatisfiable.class);
        assertThat(ByteRanges.parse("bytes=-5", 0)).isInstanceOf(ByteRanges.Unsatisfiable.class);
    }

    @Test
    void oneSatisfiableRangeIsEnough() {
        assertThat(parse("bytes=20000-, 5-5")).isEqualTo(some(new Range(5, 1)));
    }

    @Test
    void malformedOrUnknownIsIgnored() {
        for (String field : List.of(
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=a-b",
                "bytes=5",
                "bytes=5-4",
                "bytes=--5",
                "bytes=1-2-3",
                "bytes=0x1-2",
                "lines=1-2",
                "bytes=1 - 2")) {
            assertThat(parse(field)).as(field).isInstanceOf(ByteRanges.Whole.class);
        }
    }

    @Test
    void rangesThatAskForMoreWorkThanTheWholeAreIgnored() {
        assertThat(parse("bytes=0-,0-")).isInstanceOf(ByteRanges.Whole.class);
        assertThat(parse("bytes=" + "0-0,".repeat(17))).isInstanceOf(ByteRanges.Whole.class);
    }

    private static ByteRanges parse(String field) {
        return ByteRanges.parse(field, 10_000);
    }

    private static ByteRanges some(Range... ranges) {
        return new ByteRanges.Some(List.of(ranges));
    }
}
