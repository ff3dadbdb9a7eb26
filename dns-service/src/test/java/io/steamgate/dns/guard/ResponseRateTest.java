package io.steamgate.dns.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.steamgate.dns.guard.ResponseRate.Kind;
import io.steamgate.dns.guard.ResponseRate.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseRateTest {
    private final byte[] client = {(byte) 198, 51, 100, 7};
    private final byte[] neighbour = {(byte) 198, 51, 100, 99};
    private final byte[] other = {(byte) 203, 0, 113, 7};

    private List<Verdict> ask(ResponseRate rate, byte[] address, int times, long now) {
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            verdicts.add(rate.check(address, Kind.ANSWER, now));
        }
        return verdicts;
    }

    @Test
    void over_the_limit_every_second_response_is_truncated_and_the_rest_not_sent() {
        ResponseRate rate = new ResponseRate(5, 2, 1);
        List<Verdict> verdicts = ask(rate, client, 11, 1000);
        assertThat(verdicts.subList(0, 5)).containsOnly(Verdict.SEND);
        assertThat(verdicts.subList(5, 11))
                .containsExactly(
                        Verdict.DROP, Verdict.TRUNCATE, Verdict.DROP, Verdict.TRUNCATE, Verdict.DROP, Verdict.TRUNCATE);
    }

    @Test
    void a_network_is_limited_as_one_and_others_are_not() {
        ResponseRate rate = new ResponseRate(5, 0, 1);
        ask(rate, client, 5, 1000);
        assertThat(rate.check(neighbour, Kind.ANSWER, 1000)).isEqualTo(Verdict.DROP);
        assertThat(rate.check(other, Kind.ANSWER, 1000)).isEqualTo(Verdict.SEND);
        assertThat(rate.check(client, Kind.ERROR, 1000)).isEqualTo(Verdict.SEND);
    }

    @Test
    void who_goes_on_above_the_limit_stays_limited_and_who_is_silent_is_forgiven() {
        ResponseRate rate = new ResponseRate(5, 0, 1);
        ask(rate, client, 100, 1000);
        assertThat(ask(rate, client, 1, 2000)).containsOnly(Verdict.DROP);
        assertThat(ask(rate, client, 5, 4000)).containsOnly(Verdict.SEND);
    }

    @Test
    void without_a_limit_everything_is_sent() {
        assertThat(ask(new ResponseRate(0, 2, 1), client, 1000, 1000)).containsOnly(Verdict.SEND);
    }
}
