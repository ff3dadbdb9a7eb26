package io.steamgate.edge.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DropReasonTest {
    @Test
    void every_reason_is_documented() throws IOException {
        String documented = Files.readString(Path.of("..", "docs", "protocols.md"));
        assertThat(DropReason.values())
                .allSatisfy(reason -> assertThat(documented).contains("`" + reason.label() + "`"));
    }
}
