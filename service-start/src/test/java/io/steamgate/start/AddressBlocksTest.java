package io.steamgate.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AddressBlocksTest {
    private final AddressBlocks blocks = AddressBlocks.parse(List.of("198.51.100.0/25", " 192.0.2.7", "2001:db8::/33"));

    @Test
    void anAddressInsideABlockIsContained() {
        assertThat(contains("198.51.100.0")).isTrue();
        assertThat(contains("198.51.100.127")).isTrue();
        assertThat(contains("192.0.2.7")).isTrue();
        assertThat(contains("2001:db8:7fff::1")).isTrue();
    }

    @Test
    void anAddressOutsideAllBlocksIsNot() {
        assertThat(contains("198.51.100.128")).isFalse();
        assertThat(contains("192.0.2.6")).isFalse();
        assertThat(contains("2001:db8:8000::1")).isFalse();
        assertThat(contains("::1")).isFalse();
    }

    @Test
    void aPrefixOfZeroContainsItsWholeFamily() {
        AddressBlocks all = AddressBlocks.parse(List.of("0.0.0.0/0"));
        assertThat(all.contains(InetAddress.ofLiteral("203.0.113.9"))).isTrue();
        assertThat(all.contains(InetAddress.ofLiteral("2001:db8::1"))).isFalse();
    }

    @Test
    void whatIsNoBlockIsNamedInTheError() {
        for (String wrong : List.of("edge.example", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AddressBlocks.parse(List.of(wrong)))
                    .withMessageContaining("'" + wrong + "'");
        }
    }

    private boolean contains(String address) {
        return blocks.contains(InetAddress.ofLiteral(address));
    }
}
