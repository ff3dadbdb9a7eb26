package io.steamgate.session.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MediaTypesTest {
    @Test
    void whatIsBehindTheLastDotDecidesWithoutRegardToCase() {
        assertThat(MediaTypes.of("a.b.HTML")).isEqualTo("text/html; charset=utf-8");
        assertThat(MediaTypes.of("archive.tar.gz")).isEqualTo("application/gzip");
    }

    @Test
    void aNameWithoutExtensionHasNoType() {
        for (String name : List.of("html", "js", "README", "a.", "a.unknown")) {
            assertThat(MediaTypes.of(name)).as(name).isEqualTo("application/octet-stream");
        }
    }
}
