package io.steamgate.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AccessLogTest {
    @Test
    void textOfTheClientCannotForgeALineOrSteerATerminal() {
        assertThat(AccessLog.printable("/a\r\nGET \"x\" \u001b[2J\u009b")).isEqualTo("/a??GET??x???[2J?");
    }

    @Test
    void longTextIsCut() {
        assertThat(AccessLog.printable("/" + "a".repeat(5000))).hasSize(259).endsWith("a...");
    }
}
