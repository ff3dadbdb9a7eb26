package io.steamgate.session.site;

import static io.steamgate.session.site.AcceptedCodings.Coding.BR;
import static io.steamgate.session.site.AcceptedCodings.Coding.GZIP;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AcceptedCodingsTest {
    @Test
    void namedCodingsAreAccepted() {
        assertThat(AcceptedCodings.parse(List.of("gzip, deflate, br")).codings())
                .containsExactlyInAnyOrder(BR, GZIP);
        assertThat(AcceptedCodings.parse(List.of("GZip;q=0.5", "identity")).codings())
                .containsExactly(GZIP);
    }

    @Test
    void aWeightOfZeroRefuses() {
        assertThat(AcceptedCodings.parse(List.of("gzip;q=0, br; q=0.000")).codings())
                .isEmpty();
    }

    @Test
    void theStarAndEmptyListsAcceptNothing() {
        assertThat(AcceptedCodings.parse(List.of("*", "", ",;,")).codings()).isEmpty();
    }
}
