package io.steamgate.dns.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.wire.Dns;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which version of IP is asked by. */
class FamiliesTest {
    private static final InetAddress FOUR = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::1");
    private static final List<InetAddress> SIX_IS_QUICKER = List.of(SIX, FOUR);

    @Test
    void the_quicker_is_asked_first_unless_another_is_preferred() {
        assertThat(new Families(IpPreference.ANY).order(SIX_IS_QUICKER, 0)).containsExactly(SIX, FOUR);
        assertThat(new Families(IpPreference.PREFER_IPV4).order(SIX_IS_QUICKER, 0))
                .containsExactly(FOUR, SIX);
        assertThat(new Families(IpPreference.PREFER_IPV6).order(List.of(FOUR, SIX), 0))
                .containsExactly(SIX, FOUR);
        assertThat(new Families(IpPreference.IPV4).order(SIX_IS_QUICKER, 0)).containsExactly(FOUR);
        assertThat(new Families(IpPreference.IPV6).order(SIX_IS_QUICKER, 0)).containsExactly(SIX);
    }

    @Test
    void one_without_a_route_comes_last_for_a_minute_also_where_it_is_preferred() {
        Families families = new Families(IpPreference.PREFER_IPV6);
        assertThat(families.types(0)).containsExactly(Dns.AAAA, Dns.A);
        families.tried(SIX, new Outcome.NoRoute(), 1000);
        assertThat(families.order(SIX_IS_QUICKER, 60_999)).containsExactly(FOUR, SIX);
        assertThat(families.types(60_999)).containsExactly(Dns.A, Dns.AAAA);
        assertThat(families.order(SIX_IS_QUICKER, 61_000)).containsExactly(SIX, FOUR);
    }

    @Test
    void one_by_which_nobody_answers_comes_last_if_by_the_other_somebody_does() {
        Families families = new Families(IpPreference.ANY);
        for (int i = 0; i < 10; i++) {
            families.tried(SIX, new Outcome.TimedOut(), 0);
        }
        assertThat(families.order(SIX_IS_QUICKER, 0))
                .as("nobody answers at all")
                .containsExactly(SIX, FOUR);
        families.tried(FOUR, new Outcome.Broken(), 0);
        families.tried(SIX, new Outcome.TimedOut(), 0);
        assertThat(families.order(SIX_IS_QUICKER, 0)).containsExactly(FOUR, SIX);
        families.tried(SIX, new Outcome.Unreachable(), 0);
        assertThat(families.order(SIX_IS_QUICKER, 0)).containsExactly(FOUR, SIX);
        families.tried(SIX, new Outcome.Broken(), 0);
        assertThat(families.order(SIX_IS_QUICKER, 0)).as("somebody does").containsExactly(SIX, FOUR);
    }
}
