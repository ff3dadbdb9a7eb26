package io.steamgate.dns.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {
    @Test
    void presentation_and_wire_form_are_one_name() {
        assertThat(Names.parse("a.Bc.")).containsExactly(1, 'a', 2, 'B', 'c', 0);
        assertThat(Names.parse("a.Bc")).isEqualTo(Names.parse("a.Bc."));
        assertThat(Names.parse(".")).containsExactly(0);
        assertThat(Names.parse("a\\.b\\000.c")).containsExactly(4, 'a', '.', 'b', 0, 1, 'c', 0);
        assertThat(Names.text(Names.parse("a\\.b\\000.c"))).isEqualTo("a\\.b\\000.c.");
        assertThat(Names.text(Names.ROOT)).isEqualTo(".");
    }

    @Test
    void what_is_no_name_is_told() {
        for (String text :
                List.of("a..b", ".a", "x".repeat(64), ("x".repeat(50) + ".").repeat(6), "x".repeat(64) + ".a")) {
            assertThatThrownBy(() -> Names.parse(text))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(text);
        }
        assertThat(Names.parse(("x".repeat(62) + ".").repeat(4) + "y")).hasSize(255);
        assertThatThrownBy(() -> Names.parse(("x".repeat(62) + ".").repeat(4) + "yz"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** RFC 4034 §6.1. */
    @Test
    void canonical_order_is_that_of_the_rfc() {
        List<byte[]> sorted = List.of(
                Names.parse("example"),
                Names.parse("a.example"),
                Names.parse("yljkjljk.a.example"),
                Names.parse("Z.a.example"),
                Names.parse("zABC.a.EXAMPLE"),
                Names.parse("z.example"),
                Names.parse("\\001.z.example"),
                Names.parse("*.z.example"),
                Names.parse("\\200.z.example"));
        List<byte[]> shuffled = Arrays.asList(sorted.toArray(byte[][]::new));
        Collections.reverse(shuffled);
        shuffled.sort(Names::compare);
        assertThat(shuffled).containsExactlyElementsOf(sorted);
    }

    @Test
    void case_does_not_matter_to_equality_hash_and_descent() {
        byte[] one = Names.parse("wWw.Example");
        byte[] other = Names.parse("WwW.eXAMPLE");
        assertThat(Names.same(one, other)).isTrue();
        assertThat(Names.hash(one)).isEqualTo(Names.hash(other));
        assertThat(Names.isUnder(one, Names.parse("EXAMPLE"))).isTrue();
        assertThat(Names.isUnder(one, Names.ROOT)).isTrue();
        assertThat(Names.isUnder(one, Names.parse("ample"))).isFalse();
        assertThat(Names.isUnder(Names.parse("example"), one)).isFalse();
    }

    @Test
    void pointers_that_loop_or_lead_forward_make_no_name() {
        byte[] out = new byte[Dns.MAX_NAME];
        byte[] message = new byte[40];
        message[12] = 1;
        message[13] = 'a';
        message[14] = (byte) 0xC0;
        message[15] = 12;
        assertThat(MessageNames.expand(message, 12, 40, out)).as("to itself").isEqualTo(-1);
        message[15] = 20;
        assertThat(MessageNames.expand(message, 12, 40, out)).as("forward").isEqualTo(-1);
        message[15] = 4;
        assertThat(MessageNames.expand(message, 12, 40, out))
                .as("into the header")
                .isEqualTo(-1);
        message[14] = 0;
        message[20] = (byte) 0xC0;
        message[21] = 12;
        assertThat(MessageNames.expand(message, 20, 40, out)).isEqualTo(3);
        message[21] = 20;
        assertThat(MessageNames.expand(message, 20, 40, out)).isEqualTo(-1);
        assertThat(MessageNames.skip(message, 20, 21)).isEqualTo(-1);
    }
}
